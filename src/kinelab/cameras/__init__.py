"""Cameras: calibration, synchronisation, triangulation, and what is wrong with them."""
