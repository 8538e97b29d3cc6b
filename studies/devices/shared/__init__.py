"""What several published devices are made with."""
