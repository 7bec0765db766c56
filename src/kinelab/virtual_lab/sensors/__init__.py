"""What is worn: inertial sensors and skin markers, and the people who label pictures."""
