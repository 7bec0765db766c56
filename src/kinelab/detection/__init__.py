"""Persons in images: boxes, tracks, pose networks and the catalogue of their files."""
