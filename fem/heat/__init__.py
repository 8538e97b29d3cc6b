"""Heat conduction alone, its temperature field, and the heat of a solved state."""
