"""The outside world: settings, time, chance, Postgres, Redis, logs."""
