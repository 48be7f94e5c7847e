"""The doctor: looks at the live system, and says what is wrong with it and what to do."""
