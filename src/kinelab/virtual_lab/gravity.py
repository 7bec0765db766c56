"""Standard gravity (3rd CGPM, 1901) in the ground frame, whose Y axis is up."""

from kinelab.core.checks import read_only

GRAVITY_MPS2 = 9.80665
UPWARDS_MPS2 = read_only([0.0, GRAVITY_MPS2, 0.0])
"""What an accelerometer at rest reads, (3,) in ground."""
