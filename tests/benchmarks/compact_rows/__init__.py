"""Rows of the table of compact models."""
