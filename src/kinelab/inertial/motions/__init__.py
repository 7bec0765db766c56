"""How people's segments move, from any source, and what sensors on them would read."""
