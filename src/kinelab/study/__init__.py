"""Experiments with a name, a seed and a table."""
