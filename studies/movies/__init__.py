"""Films of fields beside the current-voltage curve."""
