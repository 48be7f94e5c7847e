"""`make dev`: everything on this machine, from one terminal."""
