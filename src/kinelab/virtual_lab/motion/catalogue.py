"""All movements that the laboratory knows by name, with one way to ask for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinelab.virtual_lab.motion import everyday_arms, everyday_feet, everyday_low
from kinelab.virtual_lab.motion.jump import jump, star_jump
from kinelab.virtual_lab.motion.landing import drop_landing
from kinelab.virtual_lab.motion.landing_style import Legs, draw_landing_style
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.run import run
from kinelab.virtual_lab.motion.run_style import draw_run_style
from kinelab.virtual_lab.motion.score import Score, mirrored, play, varied
from kinelab.virtual_lab.motion.walk import walk
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.motion.water_run import draw_water_run_style, water_run

Random = np.random.Generator
# (mover, rate_hz, duration_s or None for the natural length, habit, rng): `habit` draws how the person does
# it, the same on every trial; `rng` what differs from trial to trial.
Generator = Callable[[Mover, float, float | None, Random, Random], Movement]

_CYCLES_S = 4.0  # natural length of what has no end


def _scored(score: Callable[[Mover, Random], Score], sided: bool = False) -> Generator:
    """A movement by its score; `sided` ones are done to the right or the left as it falls."""

    def generate(
        mover: Mover, rate_hz: float, duration_s: float | None, habit: Random, rng: Random
    ) -> Movement:
        chosen = varied(score(mover, habit), rng)
        if sided and rng.uniform() < 0.5:
            chosen = mirrored(chosen)
        return play(chosen, mover, rate_hz, duration_s, rng)

    return generate


def _walk(mover: Mover, rate_hz: float, duration_s: float | None, habit: Random, rng: Random) -> Movement:
    style = draw_walk_style(habit, mover)
    return walk(mover, style, rate_hz, duration_s or _CYCLES_S, rng, start_phase=float(rng.uniform()))


def _run(mover: Mover, rate_hz: float, duration_s: float | None, habit: Random, rng: Random) -> Movement:
    style = draw_run_style(habit, mover)
    return run(
        mover,
        style,
        rate_hz,
        duration_s or _CYCLES_S,
        rng,
        start_s=float(rng.uniform(0, 2 * style.step_time_s)),
    )


def _water_run(
    mover: Mover, rate_hz: float, duration_s: float | None, habit: Random, rng: Random
) -> Movement:
    return water_run(mover, draw_water_run_style(habit), rate_hz, duration_s or _CYCLES_S, rng)


def _landing(legs: Legs) -> Generator:
    def generate(
        mover: Mover, rate_hz: float, duration_s: float | None, habit: Random, rng: Random
    ) -> Movement:
        return drop_landing(mover, draw_landing_style(habit, legs), rate_hz, duration_s, rng)

    return generate


MOVEMENTS: dict[str, Generator] = {
    "walk": _walk,
    "run": _run,
    "water_run": _water_run,
    "drop_landing": _landing("both"),
    "drop_landing_right": _landing("right"),
    "drop_landing_left": _landing("left"),
    "jump": jump,
    "star_jump": star_jump,
    "sit_down": _scored(everyday_low.sit_down),
    "stand_up": _scored(everyday_low.stand_up),
    "squat": _scored(everyday_low.squat),
    "lunge": _scored(everyday_low.lunge, sided=True),
    "step_up": _scored(everyday_low.step_up, sided=True),
    "reach_floor": _scored(everyday_low.reach_floor, sided=True),
    "pick_up": _scored(everyday_low.pick_up, sided=True),
    "bow": _scored(everyday_low.bow),
    "reach_shelf": _scored(everyday_arms.reach_shelf, sided=True),
    "reach_forward": _scored(everyday_arms.reach_forward, sided=True),
    "reach_side": _scored(everyday_arms.reach_side, sided=True),
    "wave": _scored(everyday_arms.wave, sided=True),
    "point": _scored(everyday_arms.point, sided=True),
    "clap": _scored(everyday_arms.clap),
    "drink": _scored(everyday_arms.drink, sided=True),
    "phone": _scored(everyday_arms.phone, sided=True),
    "check_watch": _scored(everyday_arms.check_watch),
    "stretch": _scored(everyday_arms.stretch),
    "throw": _scored(everyday_arms.throw, sided=True),
    "twist": _scored(everyday_arms.twist),
    "kick": _scored(everyday_feet.kick, sided=True),
    "march": _scored(everyday_feet.march, sided=True),
    "single_leg_stance": _scored(everyday_feet.single_leg_stance, sided=True),
    "toe_raise": _scored(everyday_feet.toe_raise),
    "side_step": _scored(everyday_feet.side_step, sided=True),
    "turn": _scored(everyday_feet.turn, sided=True),
}
