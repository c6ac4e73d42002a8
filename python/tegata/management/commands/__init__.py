"""`tegata_keys` and `tegata_sessions`."""
