"""Crossbars: networks of cells, read margins, thermal crosstalk."""
