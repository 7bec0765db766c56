"""What can be drawn: triangles with materials. People, their clothes and things are all surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Problems
from kinelab.virtual_lab.images import Colour

FloatArray = NDArray[np.float32]
Vertices = NDArray[np.floating]
Pattern = Literal["plain", "stripes", "checks", "knit", "denim", "print"]
PATTERNS: tuple[Pattern, ...] = ("plain", "stripes", "checks", "knit", "denim", "print")
Part = Literal["skin", "hair", "eyes", "top", "bottom", "shoes", "other"]
PARTS: tuple[Part, ...] = ("skin", "hair", "eyes", "top", "bottom", "shoes", "other")


@dataclass(frozen=True)
class Material:
    """How a surface looks: albedo `colour` and `second` (sRGB 0 to 1), pattern of so many metres a period.

    shine 0 (matt) to 1 (patent leather); wrinkle_m is the depth of procedural folds that the light sees.
    part is its class in the segmentation.
    """

    colour: Colour
    second: Colour = (0.0, 0.0, 0.0)
    pattern: Pattern = "plain"
    pattern_m: float = 0.05
    shine: float = 0.05
    wrinkle_m: float = 0.0
    part: Part = "other"

    def __post_init__(self) -> None:
        with Problems("Material") as problems:
            problems.one_of("pattern", self.pattern, PATTERNS)
            problems.one_of("part", self.part, PARTS)
            problems.add_if(not self.pattern_m > 0, f"pattern_m is {self.pattern_m}, expected above 0")


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles and their looks; where the vertices are is told apart, for they move.

    face (F, 3) vertices, counter-clockwise seen from outside; material (F,) index into `materials`.
    cover (V,): a triangle is drawn only where its interpolated cover is >= 0, so that hems and hair lines are
    finer than triangles; what is made of cloth counts it in metres from its hem, so that hems can be drawn.
    tint (V, 3) multiplies the colour. rest_m (V, 3): place before any movement, to which patterns and folds
    stick. crease (V,): how much cloth is creased across limbs, as at elbows and knees, on top of folds that
    run down them; None nowhere.
    """

    face: NDArray[np.int32]
    material: NDArray[np.uint8]
    materials: tuple[Material, ...]
    cover: FloatArray
    tint: FloatArray
    rest_m: FloatArray
    crease: FloatArray | None = None

    def __post_init__(self) -> None:
        vertices = self.rest_m.shape[0]
        with Problems("Surface") as problems:
            problems.shape("rest_m", self.rest_m, (vertices, 3))
            problems.shape("cover", self.cover, (vertices,))
            problems.shape("tint", self.tint, (vertices, 3))
            if self.crease is not None:
                problems.shape("crease", self.crease, (vertices,))
            problems.shape("face", self.face, (self.face.shape[0], 3))
            problems.shape("material", self.material, (self.face.shape[0],))
            if self.face.size:
                stray = self.face.min() < 0 or self.face.max() >= vertices
                problems.add_if(stray, f"face names vertices outside 0..{vertices - 1}")
                problems.add_if(self.material.max() >= len(self.materials), "material names none of them")

    @cached_property
    def both_sides(self) -> NDArray[np.bool_]:
        """Whether a triangle shows its back too, (F,): cloth and hair do, skin and eyes are closed."""
        outside_only = np.array([material.part in ("skin", "eyes") for material in self.materials])
        return ~outside_only[self.material]

    @cached_property
    def carried(self) -> FloatArray:
        """Tint, place at rest, cover, crease side by side, (V, 8): what is interpolated over triangles."""
        crease = np.zeros_like(self.cover) if self.crease is None else self.crease
        return np.column_stack([self.tint, self.rest_m, self.cover, crease]).astype(np.float32)


THING = 255
"""The owner of what is no person."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A surface at one instant: vertex_m (V, 3) in the ground frame; owner 1 the subject, 2.. others, 255 a
    thing; blur_m (V, 3) the way each vertex goes while the shutter is open (None = it stands still)."""

    surface: Surface
    vertex_m: Vertices
    owner: int = 1
    blur_m: Vertices | None = None
