"""The doorkeeper: opens accounts, proves their addresses and lets the right people in."""
