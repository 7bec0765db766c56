"""Drawing people as a camera sees them: a software rasteriser, light, lens, water and the faults of cameras."""
