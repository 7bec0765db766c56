"""kinelab: from a video or a few inertial sensors to joint kinematics, gait measures and a report."""

__version__ = "0.1.0"
