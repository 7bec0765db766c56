"""What others would do with the same readings: classical filters and inverse kinematics, side by side."""
