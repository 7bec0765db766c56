"""The digital twin: a person's own model and gait, altered in silico."""
