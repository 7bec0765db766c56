"""The nouns: frozen dataclasses, checked when they are born. Numpy only, no algorithms."""
