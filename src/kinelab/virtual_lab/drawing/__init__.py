"""Drawing people as a camera sees them: rasteriser, light, lens, water and the faults of cameras."""
