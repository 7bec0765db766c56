"""The labelling page in the browser."""
