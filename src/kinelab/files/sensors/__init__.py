"""Worn inertial sensors: one file per format, each gives `SensorLog`s; `reading` joins them."""
