"""Rotations and alignment of points: plain geometry without a body. Radians; a rotation acts on columns."""
