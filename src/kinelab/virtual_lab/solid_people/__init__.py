"""People of simple solids, and the demonstration that is filmed with them."""
