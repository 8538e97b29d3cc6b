"""Compact models for other programs."""
