"""Virtual experiments of neuromorphic devices: each one call on a device, a compact model, or what was measured."""
