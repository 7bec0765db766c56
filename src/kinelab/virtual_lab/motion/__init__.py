"""How virtual people move: a movement is the coordinates of a person's own skeletal model over time."""
