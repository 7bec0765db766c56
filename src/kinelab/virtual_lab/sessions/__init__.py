"""Studies: designs, trials, and the session folders that they are written to."""
