"""Compact models: parameters, equations, fits."""
