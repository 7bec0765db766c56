"""From clean planar keypoints and joint angles to gait events, strides and measures."""
