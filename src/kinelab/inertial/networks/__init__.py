"""Networks that tell a joint's angles and its segments' orientations from the two sensors next to it."""
