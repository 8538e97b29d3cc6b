"""Generation by light: absorption, shadows, paths."""
