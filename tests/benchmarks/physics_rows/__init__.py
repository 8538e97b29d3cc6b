"""Rows of the table of the device physics."""
