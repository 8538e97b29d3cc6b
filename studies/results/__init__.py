"""What experiments return: traces, their branches, figures with units, provenance."""
