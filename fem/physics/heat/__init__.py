"""The temperature as an unknown, and how filaments conduct heat."""
