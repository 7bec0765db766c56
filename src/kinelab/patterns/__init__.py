"""Learning on strides: what is unlike healthy walking, and strides that nobody walked."""
