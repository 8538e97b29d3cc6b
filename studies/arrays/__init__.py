"""Crossbars: networks of cells, read margins, crosstalk by heat, charge and ions."""
