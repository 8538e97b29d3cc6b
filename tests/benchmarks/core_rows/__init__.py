"""Rows of the table of the numerical core."""
