"""What this machine can do, and how much of that Ostiary makes of it."""
