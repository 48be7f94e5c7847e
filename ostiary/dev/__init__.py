"""Everything Ostiary needs on a laptop: Postgres, Redis, a mailbox and the Procfile's processes."""
