"""Estimator 0: markers, or landmarks triangulated from cameras, to scaled models and joint angles."""
