"""The designs of the papers, ready to be made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kinelab.errors import InputError
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Marking, Sensing, Task

# 20 everyday movements in the manner of BML-MoVi (Ghorbani et al. 2021, PLoS ONE 16:e0253157).
EVERYDAY = (
    "walk", "run", "sit_down", "stand_up", "reach_floor", "reach_shelf", "reach_side", "jump", "kick",
    "squat", "lunge", "step_up", "turn", "single_leg_stance", "pick_up", "wave", "throw", "star_jump",
    "side_step", "stretch",
)  # fmt: skip

# Rapp et al. 2021: treadmill walking of 420 and running of 580 people, 60 s; markers at 200 Hz with plates on
# thighs and shanks (Vicon: C3D); sensors where the plates and the heels' markers were; 80/10/10 by person.
_RAPP_WALK = LabDesign(
    name="rapp2021-walk",
    people=420,
    population="runners",
    tasks=(Task("walk", duration_s=60.0, treadmill=True),),
    filming=None,
    sensing=Sensing(
        ("pelvis", "thigh_r", "shank_r", "heel_r", "thigh_l", "shank_l", "heel_l"), 200.0, "rapp2021"
    ),
    marking=Marking(rate_hz=200.0, plates=True, form="c3d"),
    split=(336, 42, 42),
    outfit="lab",
    source="Rapp et al. 2021: 420 walkers with 7 sensors",
)

PRESETS: dict[str, LabDesign] = {
    # Johnson et al. 2022 (ISBS): 41 recruits, one- and two-legged drop landings from 30.5 and 45.7 cm, GoPro
    # at 240 frames/s and 1080p in the frontal plane, 46 cm high and 96 cm away, three trials of each, 18 to
    # 20 labelled frames a video.
    "johnson2022": LabDesign(
        name="johnson2022",
        people=41,
        population="young_adults",
        tasks=(
            Task("drop_landing", trials=3),
            Task("drop_landing_right", trials=3),
            Task("drop_landing_left", trials=3),
        ),
        filming=Filming(
            cameras=("frontal",), size_px=(1080, 1920), rate_hz=240.0, device="action", quality="laboratory",
            height_m=0.46, place="laboratory",
        ),
        marking=Marking(rate_hz=240.0, raters=2, labelled_frames=20),
        outfit="lab",
        source="Johnson et al. 2022: 41 people, drop landings on one and two legs, frontal, 240 frames/s",
    ),
    # Cronin et al. 2019 (J Biomech 87:75): the network learned from 17 people who ran in deep water, filmed
    # by one GoPro; 300 to 400 labelled images sufficed. Two sessions gave the test-retest reliability.
    "cronin2019": LabDesign(
        name="cronin2019",
        people=17,
        population="young_adults",
        tasks=(Task("water_run", duration_s=20.0),),
        days=2,
        filming=Filming(
            cameras=("sagittal",), size_px=(1280, 720), rate_hz=50.0, device="action_linear", place="pool"
        ),
        marking=Marking(rate_hz=100.0, raters=2, labelled_frames=50),
        outfit="swim",
        source="Cronin et al. 2019: 17 people, underwater running on two days, sagittal",
    ),
    # Bittner et al. 2022 (D3KE): BML-MoVi, two views, 800 x 600 at 30 frames/s; 63 people for training, 16
    # for testing, 3 for validation. Of its 90 actors the paper used 82; the other 8 join the training here.
    "bittner2022": LabDesign(
        name="bittner2022",
        people=90,
        population="young_adults",
        tasks=tuple(Task(name) for name in EVERYDAY),
        filming=Filming(
            cameras=("frontal", "sagittal"), size_px=(800, 600), rate_hz=30.0, device="laboratory",
            quality="laboratory", place="laboratory",
        ),
        marking=Marking(rate_hz=120.0),
        split=(63, 3, 16),
        source="Bittner et al. 2022 on BML-MoVi (Ghorbani et al. 2021): 90 people, 20 movements, 2 views",
    ),
    "rapp2021-walk": _RAPP_WALK,
    "rapp2021-run": replace(
        _RAPP_WALK,
        name="rapp2021-run",
        people=580,
        tasks=(Task("run", duration_s=60.0, treadmill=True),),
        split=(464, 58, 58),
        source="Rapp et al. 2021: 580 runners with 7 sensors",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What the whole of a design takes: hours on two cores, extrapolated, and gigabytes."""

    hours: float
    gigabytes: float

    def __str__(self) -> str:
        return f"about {self.hours:g} h on two cores, {self.gigabytes:g} GB"


# From the CPU time of one trial of each kind at full size: docs/virtual_lab.md.
COSTS: dict[str, Cost] = {
    "johnson2022": Cost(44, 10),
    "cronin2019": Cost(1.5, 1.4),
    "bittner2022": Cost(5, 9),
    "rapp2021-walk": Cost(0.5, 31),
    "rapp2021-run": Cost(0.6, 42),
}


def preset(name: str) -> LabDesign:
    """A paper's design by its name; raises `InputError` that lists what exists."""
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def quick(design: LabDesign) -> LabDesign:
    """The same path on less: two people, one trial of the first two tasks, two seconds, small pictures."""
    tasks = tuple(
        replace(task, trials=1, duration_s=min(task.duration_s or 2.0, 2.0)) for task in design.tasks[:2]
    )
    filming = design.filming
    if filming is not None:
        width, height = filming.size_px
        ratio = min(1.0, 256 / min(width, height))
        size = (2 * round(width * ratio / 2), 2 * round(height * ratio / 2))
        filming = replace(filming, size_px=size, rate_hz=min(filming.rate_hz, 25.0))
    people = min(design.people, 2)
    split = None if design.split is None else (people - 1, 0, 1)
    return replace(design, people=people, tasks=tasks, filming=filming, split=split)
