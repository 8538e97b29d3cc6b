"""Protocols: voltage against time, and the shapes that they are made of."""
