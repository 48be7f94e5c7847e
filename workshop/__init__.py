"""What developers and rehearsals need, and no production process imports."""
