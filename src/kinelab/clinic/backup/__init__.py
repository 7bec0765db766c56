"""The whole clinic in a folder, and back: tables as text, files by content, the server's key."""
