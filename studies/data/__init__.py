"""Measured data: text files and workbooks of instruments, read as traces or refused in words."""
