"""Alerts: an operator is told once that something is wrong, and once that it is over."""
