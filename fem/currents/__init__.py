"""Terminal currents, current densities, charges of floating gates, ions that cross faces."""
