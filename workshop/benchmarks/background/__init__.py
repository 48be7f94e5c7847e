"""What nobody waits for: letters, promises that wait, sweeps and nudges."""
