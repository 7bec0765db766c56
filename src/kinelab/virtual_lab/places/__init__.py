"""Where people are filmed: rooms, streets, pools, and how they are lit."""
