"""How each sensor sits on its segment: from standing still, from walking itself, without a magnetometer."""
