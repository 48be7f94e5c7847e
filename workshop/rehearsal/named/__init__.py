"""A stack that an operator names: its URLs, and the commands that break and mend it."""
