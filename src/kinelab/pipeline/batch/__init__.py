"""Thousands of recordings, each by its own way into a folder of its own, and tables of them all."""
