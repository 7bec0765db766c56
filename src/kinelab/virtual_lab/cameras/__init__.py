"""Where cameras stand and what their lenses do."""
