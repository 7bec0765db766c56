"""Estimator 2: one camera to joint angles, directly, by a network that knows the skeletal model."""
