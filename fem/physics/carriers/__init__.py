"""Electrons and holes: transport, recombination, traps, tunnelling."""
