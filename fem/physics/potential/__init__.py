"""What sets the potential: Poisson's equation, current continuity, polarisation."""
