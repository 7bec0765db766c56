"""The queue of work, and the workers that do it."""
