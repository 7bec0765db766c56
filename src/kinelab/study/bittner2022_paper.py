"""What Bittner et al. 2022 (D3KE; Sensors 23:341, doi:10.3390/s23010341) report: Tables 1 to 6."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Numbers = tuple[float, ...]

# MPBLPE (mm), MAE of bodies (mm), MAE of angles (deg)
TABLE1: Mapping[str, Numbers] = MappingProxyType(
    {
        "direct": (37.78, 6.07, 3.58),
        "direct_lstm": (37.61, 5.97, 3.57),
        "direct_tcn": (38.06, 5.93, 3.54),
        "direct_transformer": (36.98, 5.90, 3.54),
        "cms": (35.04, 6.25, 5.89),
        "cms_lstm": (33.74, float("nan"), 5.79),
        "cms_tcn": (34.52, float("nan"), 5.82),
        "cms_transformer": (34.00, float("nan"), 5.66),
    }
)
# RMSE of scale factors and MAE (mm), by segment, of CMS and of D3KE
TABLE2: Mapping[str, Mapping[str, Numbers]] = MappingProxyType(
    {
        "cms": {
            "pelvis": (0.090, 9.58),
            "femur": (0.073, 10.55),
            "tibia": (0.060, 9.82),
            "humerus": (0.102, 14.55),
            "ulna": (0.395, 24.91),
            "radius": (0.395, 23.60),
        },
        "direct": {
            "pelvis": (0.091, 9.82),
            "femur": (0.091, 22.21),
            "tibia": (0.102, 35.00),
            "humerus": (0.068, 9.41),
            "ulna": (0.075, 11.59),
            "radius": (0.075, 10.98),
        },
    }
)
# MAE, SD and MV of angles (deg, deg, deg/s); of the one-camera ways the mean of two views
TABLE3: Mapping[str, Numbers] = MappingProxyType(
    {
        "openpose": (16.98, 25.91, 75.15),
        "mediapipe": (10.60, 18.80, 37.15),
        "cms_transformer": (5.11, 10.27, 15.74),
        "direct_transformer": (3.41, 6.05, 13.57),
    }
)
# MV of bony landmarks (mm/s) and of angles (deg/s)
TABLE4: Mapping[str, Numbers] = MappingProxyType(
    {
        "direct": (378.01, 21.7),
        "direct_lstm": (243.23, 12.19),
        "direct_tcn": (245.35, 12.29),
        "direct_transformer": (262.82, 13.57),
    }
)
# Frames/s at each batch on a T4: the direct way, and the one of many steps
BATCHES = (1, 16, 64, 128, 256)
TABLE5: Mapping[str, Numbers] = MappingProxyType(
    {"direct": (0.92, 8.78, 20.94, 28.25, 31.96), "cms": (7.51, 8.36, 8.43, 8.44, 8.35)}
)
# Median and IQR of MAE (deg), of RMSE (deg) and of Pearson's rho, by group and view
TABLE6: Mapping[tuple[str, str], Numbers] = MappingProxyType(
    {
        ("joint", "frontal"): (2.13, 3.80, 2.54, 3.96, 0.77, 0.16),
        ("joint", "sagittal"): (2.14, 3.03, 2.55, 3.49, 0.73, 0.21),
        ("movement", "frontal"): (1.85, 0.63, 2.19, 0.84, 0.76, 0.11),
        ("movement", "sagittal"): (1.91, 0.46, 2.30, 0.65, 0.74, 0.11),
        ("participant", "frontal"): (1.76, 0.53, 2.03, 0.66, 0.77, 0.04),
        ("participant", "sagittal"): (1.84, 0.28, 2.14, 0.35, 0.74, 0.04),
    }
)
# Taylor 1990: weak up to the first, moderate up to the second, strong up to the third, then excellent
STRENGTHS = (0.35, 0.67, 0.90)
STRENGTH_NAMES = ("weak", "moderate", "strong", "excellent")
