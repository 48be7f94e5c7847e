"""What starts Postgres, Redis and the Procfile for everything in the workshop, and the tests."""
