"""Recordings that are handed in: what they are by their content, and whether they are safe to open."""
