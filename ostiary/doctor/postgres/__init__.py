"""Postgres: the server, its durability, its transactions, its indexes."""
