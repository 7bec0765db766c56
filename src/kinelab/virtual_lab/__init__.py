"""The virtual laboratory: people who walk, cameras that see them, and the exact truth of both."""
