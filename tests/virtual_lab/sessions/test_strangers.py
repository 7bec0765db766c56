"""Strangers keep off the subject, each other, cameras and walls."""

from __future__ import annotations

import numpy as np

from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Task
from kinelab.virtual_lab.sessions.stage import set_stage
from kinelab.virtual_lab.sessions.strangers import strangers
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of


def test_nobody_walks_into_anybody_or_anything() -> None:
    found = 0
    for seed, place in enumerate(("corridor", "laboratory", "street", "pool")):
        filming = Filming(("sagittal", "frontal"), (96, 96), 10, place=place, others=5)
        task = Task("water_run" if place == "pool" else "walk", duration_s=2.0)
        design = LabDesign(filming=filming, tasks=(task,), body="solids", seed=seed)
        plan = TrialPlan(0, 0, 0, 0)
        movement = perform(design, plan, person_of(design, 0), 20)
        stage = set_stage(filming, movement, plan.rng(seed, 2))
        cast = strangers(design, plan, movement, stage)
        found += len(cast)
        hip = movement.mover.model.joint_names.index("ground_pelvis")
        ways = [movement.placement.joint_centre_m[::2, hip]]
        for actor in cast:
            way = actor.movement.placement.joint_centre_m[:, hip] + [actor.offset_m[0], 0, actor.offset_m[1]]
            assert len(way) == 20
            for other in ways:
                assert np.linalg.norm((way - other)[:, [0, 2]], axis=1).min() > 0.6
            for camera in stage.cameras:
                assert np.linalg.norm((way - camera.pinhole.position_m)[:, [0, 2]], axis=1).min() > 1.0
            if not stage.place.outdoor:
                assert stage.place.z_m[0] < way[:, 2].min() <= way[:, 2].max() < stage.place.z_m[1]
            assert (actor.movement.name == "water_run") == (place == "pool")
            ways.append(way)
        assert [actor.owner for actor in cast] == sorted({actor.owner for actor in cast})
    assert found >= 4


def test_none_are_asked_for() -> None:
    design = LabDesign(tasks=(Task("walk", duration_s=0.5),), body="solids")
    plan = TrialPlan(0, 0, 0, 0)
    movement = perform(design, plan, person_of(design, 0), 20)
    assert design.filming is not None
    assert strangers(design, plan, movement, set_stage(design.filming, movement, plan.rng(0, 2))) == ()
