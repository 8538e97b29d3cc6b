"""Rows of the table of arrays, one file a part or two."""
