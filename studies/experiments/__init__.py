"""Virtual experiments: sweeps, pulses, reads, transfer curves, impedance, photoresponse."""
