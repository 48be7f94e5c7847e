"""What can be asked for in the background: one statement per verb."""
