"""Statistics on small samples: summaries, errors. Plain numpy and scipy."""
