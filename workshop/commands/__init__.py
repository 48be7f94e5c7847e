"""The commands that only a checkout of the source has: dev, drill and mailbox."""
