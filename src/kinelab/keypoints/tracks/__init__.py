"""Landmarks followed through whole videos by networks of one's own: found, smoothed, and doubted."""
