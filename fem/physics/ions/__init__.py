"""Mobile ions: their motion, generation, and exchange at faces."""
