"""The published numbers of our own body, one man of 1.75 m and 75 kg.

"Checked" below: compared with another printing or program that holds the numbers; "from memory": the paper
was not at hand when the number was written, so treat it as good to the digits given and no further.
"""

from __future__ import annotations

from dataclasses import dataclass

HEIGHT_M = 1.75
MASS_KG = 75.0

# Drillis & Contini 1966, as drawn in Winter 2009, Biomechanics and Motor Control of Human Movement, 4th ed.,
# Fig. 4.1: levels, lengths and breadths as shares of the height (from memory).
HIP_LEVEL = 0.530
KNEE_LEVEL = 0.285
ANKLE_LEVEL = 0.039
SHOULDER_LEVEL = 0.818
EYE_LEVEL = 0.936
ACROMION_TO_ELBOW = 0.186
FOOT_LENGTH = 0.152
FOOT_BREADTH = 0.055

# Harrington et al. 2007, J Biomech 40:595: hip centre from mid-ASIS by pelvic depth and width, mm (checked).
HARRINGTON_BACK = (0.24, 9.9)
HARRINGTON_DOWN = (0.30, 10.9)
HARRINGTON_OUT = (0.33, 7.3)

# Fukuchi, Fukuchi & Duarte 2017, PeerJ 5:e3298 (CC BY 4.0): standing markers of 18 runners, our own means
# over both legs after scaling each runner to 1.75 m (tests/body/test_own_body_runners.py compares again).
# Marker centres, so with skin and half a marker.
ASIS_DISTANCE_M = 0.230
PELVIC_DEPTH_M = 0.175
PSIS_DISTANCE_M = 0.093
TROCHANTER_FROM_HIP_M = (-0.012, -0.030, 0.089)
HALF_KNEE_M = 0.062
TUBEROSITY_FROM_KNEE_M = (0.052, -0.076, 0.016)
FIBULA_FROM_KNEE_M = (-0.002, -0.058, 0.065)
MALLEOLUS_FROM_ANKLE_M = (-0.012, -0.009, 0.040)

# Dumas et al. 2007, J Biomech 40:543, men (from memory): L5/S1 from mid-ASIS as shares of the distance of the
# ASIS (back, up); C7/T1 from C7 as share of the distance C7 to jugular notch, turned up by an angle. The
# regression of Reed et al. 1999 (SAE 1999-01-0959; checked) puts L5/S1 within 1 cm of this.
L5S1_BACK, L5S1_UP = 0.264, 0.126
C7T1_SHARE, C7T1_UP_DEG = 0.55, 8.0

# Isman & Inman 1969, Bull Prosthet Res 10-11:97, 46 cadaver legs (from memory): talocrural axis 82.7 deg to
# the shank's long axis, 84 deg to the foot's midline; subtalar axis 41 deg above the sole, 23 deg medial of
# the foot's midline.
ANKLE_TO_SHANK_DEG = 82.7
ANKLE_TO_FOOT_DEG = 84.0
SUBTALAR_UP_DEG = 41.0
SUBTALAR_INWARD_DEG = 23.0


@dataclass(frozen=True)
class SegmentInertia:
    """One row of de Leva's Table 4: shares of the body's mass and of the segment's length.

    length_m is that of his mean man (1.741 m, 73.0 kg); centre is the distance of the centre of mass from
    the first end; radii are the radii of gyration about X (forward), Y (up) and Z (right) of the anatomical
    position.
    """

    ends: str
    mass: float
    length_m: float
    centre: float
    radii: tuple[float, float, float]


DE_LEVA_HEIGHT_M = 1.741
# de Leva 1996, J Biomech 29:1223, Table 4, men (checked against a whole and a partial transcription; the
# masses sum to 1). His "sagittal" radius is about X and his "transverse" about Z, as the breadth of trunk and
# hand demand; the foot's long axis is X.
DE_LEVA = {
    "head": SegmentInertia("vertex to C7", 0.0694, 0.2429, 0.5002, (0.303, 0.261, 0.315)),
    "upper_trunk": SegmentInertia("jugular notch to xiphoid", 0.1596, 0.1707, 0.2999, (0.716, 0.659, 0.454)),
    "middle_trunk": SegmentInertia("xiphoid to navel", 0.1633, 0.2155, 0.4502, (0.482, 0.468, 0.383)),
    "lower_trunk": SegmentInertia("navel to mid-hip", 0.1117, 0.1457, 0.6115, (0.615, 0.587, 0.551)),
    "upper_arm": SegmentInertia("shoulder to elbow", 0.0271, 0.2817, 0.5772, (0.285, 0.158, 0.269)),
    "forearm": SegmentInertia("elbow to wrist", 0.0162, 0.2689, 0.4574, (0.276, 0.121, 0.265)),
    "hand": SegmentInertia("wrist to tip of finger 3", 0.0061, 0.1879, 0.3624, (0.288, 0.184, 0.235)),
    "thigh": SegmentInertia("hip to knee", 0.1416, 0.4222, 0.4095, (0.329, 0.149, 0.329)),
    "shank": SegmentInertia("knee to ankle", 0.0433, 0.4403, 0.4395, (0.251, 0.102, 0.246)),
    "foot": SegmentInertia("heel to toe tip", 0.0137, 0.2581, 0.4415, (0.124, 0.245, 0.257)),
}
# Levels that Drillis & Contini lack, from the same table: lengths along the trunk from the vertex down.
VERTEX_TO_C7_M = 0.2429
C7_TO_JUGULAR_NOTCH_M = 0.6033 - 0.5319
JUGULAR_NOTCH_TO_XIPHOID_M = 0.1707


def of_de_leva(length_m: float) -> float:
    """A length of de Leva's mean man on ours."""
    return length_m * HEIGHT_M / DE_LEVA_HEIGHT_M
