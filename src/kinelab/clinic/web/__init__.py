"""The clinic in the browser: the API, the pages, and who is let in."""
