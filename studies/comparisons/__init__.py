"""Published devices, simulated beside published: the tables of ``memfem compare``."""
