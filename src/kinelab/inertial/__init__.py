"""Estimator 3: worn inertial sensors."""
