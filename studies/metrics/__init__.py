"""Figures of merit of traces."""
