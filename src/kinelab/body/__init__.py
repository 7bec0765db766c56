"""The body: planar joint angles from landmarks."""
