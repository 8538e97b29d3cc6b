"""Rows of ``tests.benchmarks.studies``."""
