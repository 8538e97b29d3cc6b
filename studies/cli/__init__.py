"""The command ``memfem``."""
