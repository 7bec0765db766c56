"""Estimator 1: landmarks of a video's pictures, then planar joint angles."""
