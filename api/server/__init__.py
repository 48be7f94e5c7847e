"""How bytes become requests: Ostiary's own kind of gunicorn worker."""
