"""Checks of what memfem needs beside itself: each returns what it found, and what to do about it."""
