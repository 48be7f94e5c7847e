"""Settings that are weak, or contradict each other."""
