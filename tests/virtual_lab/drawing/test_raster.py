from __future__ import annotations

import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, crop_camera, look_at
from kinelab.virtual_lab.drawing.light import Light
from kinelab.virtual_lab.drawing.picture import Picture, silhouette
from kinelab.virtual_lab.drawing.raster import draw
from kinelab.virtual_lab.drawing.surface import PARTS, Drawn, Material, Surface
from kinelab.virtual_lab.drawing.tones import linear, srgb
from kinelab.virtual_lab.images import Backdrop

SurfaceOf = Callable[[Array, Array, Material], Surface]
Sphere = Callable[..., tuple[Array, Array]]
BackdropOf = Callable[[PinholeCamera], Backdrop]

FLAT = Light(key=(0, 0, 0), sky=(1, 1, 1), ground=(1, 1, 1))
WHITE = Material((1.0, 1.0, 1.0), shine=0.0)
RED = Material((0.8, 0.1, 0.1), shine=0.0, part="top")
AHEAD = PinholeCamera(
    400.0, (127.5, 127.5), (256, 256), np.diag([-1.0, -1.0, 1.0]), np.array([0.0, 1.0, -4.0])
)


def ball(surface_of: SurfaceOf, sphere: Sphere, at: tuple[float, float, float], owner: int = 1) -> Drawn:
    vertex, face = sphere(0.5, at)
    return Drawn(surface_of(vertex, face, RED), vertex, owner)


def quad(surface_of: SurfaceOf, corners: list[list[float]], material: Material = RED) -> Drawn:
    vertex = np.array(corners, float)
    return Drawn(surface_of(vertex, np.array([[0, 1, 2], [0, 2, 3]]), material), vertex)


def test_a_sphere_has_the_silhouette_and_depth_of_geometry(
    surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf
) -> None:
    picture = draw(AHEAD, [ball(surface_of, sphere, (0, 1, 0))], grey(AHEAD), FLAT)
    # The cone that touches a sphere of 0.5 m at 4 m meets the image in a disc.
    radius_px = 400 * 0.5 / np.sqrt(4**2 - 0.5**2)
    assert silhouette(picture).sum() == pytest.approx(np.pi * radius_px**2, rel=0.005)
    v, u = np.mgrid[:256, :256]
    ray = np.stack([(u - 127.5) / 400, (v - 127.5) / 400, np.ones(u.shape)], axis=-1)
    # |t ray - (0, 0, 4)| = 0.5
    a, b, c = (ray**2).sum(-1), -2 * 4 * ray[..., 2], 16 - 0.25
    inner = np.hypot(u - 127.5, v - 127.5) < radius_px - 4
    depth = (-b[inner] - np.sqrt(b[inner] ** 2 - 4 * a[inner] * c)) / (2 * a[inner])
    assert np.abs(picture.depth_m[inner] - depth).max() < 0.004
    assert np.isinf(picture.depth_m[~silhouette(picture)]).all()
    assert (picture.part[inner] == PARTS.index("top")).all()


def test_light_falls_on_a_sphere_by_its_slope(
    surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf
) -> None:
    vertex, face = sphere(0.5, (0, 1, 0), 96)
    surface = surface_of(vertex, face, WHITE)
    # From over the camera's shoulder, so that the whole visible side is lit by slopes of all sizes.
    light = Light(towards=(0.5, 0.5, -1.0), key=(0.6, 0.6, 0.6), sky=(0, 0, 0), ground=(0, 0, 0))
    image = linear(draw(AHEAD, [Drawn(surface, vertex)], grey(AHEAD), light).image)
    slopes, seen = [], []
    for x, y in [(0.0, 0.0), (-0.2, 0.1), (0.2, 0.2), (0.3, -0.1), (-0.1, 0.3)]:
        normal = np.array([x, y, -np.sqrt(0.25 - x * x - y * y)]) / 0.5
        at = np.array([0, 1, 0]) + 0.5 * normal
        u, v = 127.5 - 400 * at[0] / (at[2] + 4), 127.5 - 400 * (at[1] - 1) / (at[2] + 4)
        slopes.append(normal @ light.direction)
        seen.append(image[round(v), round(u)].mean())
    # Lambert's law, but for the faint highlight and the softened edge.
    assert np.corrcoef(slopes, seen)[0, 1] > 0.99
    assert np.allclose(seen, 0.6 * np.array(slopes), atol=0.06)


def test_colour_passes_in_linear_light(surface_of: SurfaceOf, grey: BackdropOf) -> None:
    wall = quad(
        surface_of, [[-2, -1, 0], [-2, 3, 0], [2, 3, 0], [2, -1, 0]], Material((0.5, 0.6, 0.3), shine=0)
    )
    image = draw(AHEAD, [wall], grey(AHEAD), FLAT).image
    # One hundredth of the light is mirrored, whatever the colour.
    assert np.abs(image[128, 128] - [0.5, 0.6, 0.3]).max() < 0.02
    # Half in the picture: an edge pixel is the mean of light, not of stored values.
    half = quad(surface_of, [[-2, -1, 0], [-2, 3, 0], [0, 3, 0], [0, -1, 0]], WHITE)
    edge = draw(replace(AHEAD, centre_px=(127.0, 127.5)), [half], grey(AHEAD), FLAT).image[128, 127]
    bright = linear([draw(AHEAD, [half], grey(AHEAD), FLAT).image[128, 200, 0]])[0]
    assert edge[0] == pytest.approx(srgb([(linear([0.5])[0] + bright) / 2])[0], abs=0.01)


def test_patterns_are_seen_in_perspective(surface_of: SurfaceOf, grey: BackdropOf) -> None:
    # A floor-like band that runs away from the eye, striped along its length (rest y = along).
    near, far = -2.0, 6.0
    vertex = np.array([[1, 0, near], [1, 0, far], [-1, 0, far], [-1, 0, near]], float)
    stripes = Material((1, 1, 1), (0, 0, 0), pattern="stripes", pattern_m=2.0, shine=0)
    surface = surface_of(vertex, np.array([[0, 1, 2], [0, 2, 3]]), stripes)
    rest = np.stack([vertex[:, 0], vertex[:, 2] - near, np.zeros(4)], axis=1).astype(np.float32)
    drawn = Drawn(replace(surface, rest_m=rest), vertex, 255)
    column = draw(AHEAD, [drawn], grey(AHEAD), FLAT).image[:, 127, 0]
    dark = column < 0.3
    # Stripes change at rest y = 0.5, 1.5, 2.5 ...; each lies at image row 127.5 + 400 * 1 / depth.
    for along in (1.5, 2.5, 3.5, 4.5, 5.5):
        row = 127.5 + 400 / (4 + near + along)
        changes = np.flatnonzero(np.diff(dark.astype(int)) != 0) + 0.5
        assert np.abs(changes - row).min() < 1.0


def test_edges_cover_as_much_as_they_should(surface_of: SurfaceOf, grey: BackdropOf) -> None:
    rng = np.random.default_rng(2)
    for _ in range(12):
        turn = rng.uniform(0, np.pi / 2)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        flat = np.array([[-0.6, -0.4], [0.6, -0.4], [0.6, 0.4], [-0.6, 0.4]]) @ spin.T
        corners = np.column_stack([flat[:, 0], flat[:, 1] + 1, np.zeros(4)])
        picture = draw(AHEAD, [quad(surface_of, corners.tolist(), WHITE)], grey(AHEAD), FLAT)
        light = linear(picture.image[..., 0])
        full = light[128, 128]
        back = linear([0.5])[0]
        area = ((light - back) / (full - back)).sum()
        assert area == pytest.approx(1.2 * 0.8 * 100**2, rel=0.012)
        # And each single edge pixel is one of the four steps.
        share = (light - back) / (full - back) * 4
        assert np.abs(share - np.round(share)).max() < 0.05


def test_the_nearer_one_hides_the_other(surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf) -> None:
    near, far = ball(surface_of, sphere, (0, 1, -1)), ball(surface_of, sphere, (0.8, 1, 1), owner=2)
    there, back = draw(AHEAD, [near, far], grey(AHEAD)), draw(AHEAD, [far, near], grey(AHEAD))
    assert np.array_equal(there.owner, back.owner)
    assert np.abs(there.image - back.image).max() < 1e-5
    assert there.owner[128, 128] == 1
    assert (there.owner == 2).any()


def test_a_shadow_lies_where_light_says(
    surface_of: SurfaceOf, sphere: Sphere, white_floor: BackdropOf
) -> None:
    camera = look_at([0, 5, -5], [0, 0, 0], 300, (256, 256))
    light = Light(towards=(1.0, 1.5, 0.0), softness_deg=1.0)
    vertex, face = sphere(0.3, (0, 1.2, 0))
    drawn = Drawn(surface_of(vertex, face, RED), vertex)
    backdrop = white_floor(camera)
    picture = draw(camera, [drawn], backdrop, light)
    bare = draw(camera, [], backdrop, light)
    darker = (bare.image - picture.image)[..., 0] > 0.15
    darker &= picture.owner == 0
    # The centre's shadow, and an ellipse: as wide as the ball, longer by 1 / sin of the elevation.
    x, z = backdrop.floor_m[darker].T
    assert x.mean() == pytest.approx(-1.2 / 1.5, abs=0.02)
    assert z.mean() == pytest.approx(0.0, abs=0.02)
    assert np.ptp(z) == pytest.approx(0.6, abs=0.06)
    assert np.ptp(x) == pytest.approx(0.6 / np.sin(np.arctan(1.5)), abs=0.07)
    # In full shadow the sky's share of the light is left.
    left = linear(picture.image[darker].min(axis=0)) / linear(0.8 * np.ones(3))
    key, sky = np.array(light.key) * light.direction[1], np.array(light.sky)
    assert np.allclose(left, sky / (key + sky), atol=0.02)


def test_bodies_shade_themselves(surface_of: SurfaceOf, grey: BackdropOf) -> None:
    wall = quad(surface_of, [[-2, -1, 0], [-2, 3, 0], [2, 3, 0], [2, -1, 0]], WHITE)
    shield = quad(surface_of, [[-0.2, 1.3, -1], [-0.2, 1.7, -1], [0.2, 1.7, -1], [0.2, 1.3, -1]], WHITE)
    light = Light(towards=(0.0, 0.5, -1.0), sky=(0.1, 0.1, 0.1), ground=(0.1, 0.1, 0.1))
    both = draw(AHEAD, [wall, shield], grey(AHEAD), light).image
    # Light comes down at 1 in 2: the shield at 1 m before the wall shades it half a metre lower.
    u, v = 127, round(127.5 - 400 * (1.5 - 0.5 - 1) / 4)
    assert both[v, u, 0] < 0.5 * both[v, u - 60, 0]
    assert both[v - 45, u - 60, 0] == pytest.approx(both[v, u - 60, 0], abs=0.02)


def test_a_crop_is_a_window_of_the_whole(
    surface_of: SurfaceOf, sphere: Sphere, white_floor: BackdropOf
) -> None:
    camera = look_at([1, 1.5, -4], [0, 0.8, 0], 300, (256, 192))
    drawn = [ball(surface_of, sphere, (0, 0.8, 0))]
    whole = draw(camera, drawn, white_floor(camera))
    crop = crop_camera(camera, (79.5, 39.5, 175.5, 135.5), (96, 96))
    part = draw(crop, drawn, white_floor(crop))
    window = np.s_[40:136, 80:176]
    assert np.array_equal(part.owner, whole.owner[window])
    assert np.abs(part.image - whole.image[window]).max() < 0.02
    assert np.abs(part.image - whole.image[window]).mean() < 1e-4


def test_nothing_of_what_is_behind_or_beside_the_eye_is_seen(
    surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf
) -> None:
    for at in [(0, 1, -6), (9, 1, 0), (0, 30, 0)]:
        picture = draw(AHEAD, [ball(surface_of, sphere, at)], grey(AHEAD))
        assert not picture.owner.any()
        assert (picture.image == 0.5).all()


def test_a_surface_through_the_eye_is_cut_at_the_near_plane(surface_of: SurfaceOf, grey: BackdropOf) -> None:
    # A floor 1 m under the eye that reaches from behind it to far ahead.
    floor = quad(surface_of, [[9, 0, -9], [9, 0, 90], [-9, 0, 90], [-9, 0, -9]], WHITE)
    picture = draw(AHEAD, [floor], grey(AHEAD), FLAT)
    rows = np.arange(256)
    expected = 400.0 / np.maximum(rows - 127.5, 1e-9)
    seen = (expected < 90) & (rows > 140)
    assert (picture.owner[seen][:, 100:150] == 1).all()
    assert not picture.owner[:127].any()
    assert np.abs(picture.depth_m[seen, 128] / expected[seen] - 1).max() < 0.01


def test_a_blur_is_as_long_as_speed_times_exposure(surface_of: SurfaceOf, grey: BackdropOf) -> None:
    still = quad(surface_of, [[0.1, 0.5, 0], [0.1, 1.5, 0], [-0.1, 1.5, 0], [-0.1, 0.5, 0]], WHITE)
    # 3 m/s for 1/60 s is 5 cm: 5 px here; 20 px wide.
    for way_m, way_px in ((0.05, 5.0), (0.12, 12.0)):
        moving = replace(still, blur_m=np.tile([way_m, 0.0, 0.0], (4, 1)))
        light = linear(draw(AHEAD, [moving], grey(AHEAD), FLAT).image[128, :, 0])
        back, full = linear([0.5])[0], light.max()
        share = (light - back) / (full - back)
        assert share.sum() == pytest.approx(20, rel=0.01)
        # A box as long as the way, on a box of 20 px: its variance is the sum of both.
        place = np.arange(256)
        mean = (share * place).sum() / share.sum()
        variance = (share * (place - mean) ** 2).sum() / share.sum()
        assert mean == pytest.approx(127.5, abs=0.1)
        assert variance - 20**2 / 12 == pytest.approx(way_px**2 / 12, rel=0.15, abs=0.3)


def test_same_bytes_each_time_and_with_any_number_of_threads(
    surface_of: SurfaceOf, sphere: Sphere, white_floor: BackdropOf
) -> None:
    camera = look_at([1, 1.5, -4], [0, 0.8, 0], 200, (128, 128))
    backdrop = white_floor(camera)
    scenes = [[ball(surface_of, sphere, (0.1 * i, 0.9, 0))] for i in range(6)]

    def drawn(scene: list[Drawn]) -> Picture:
        return draw(camera, scene, backdrop)

    alone = [drawn(scene) for scene in scenes]
    with ThreadPoolExecutor(3) as pool:
        for first, second in zip(alone, pool.map(drawn, scenes), strict=True):
            assert first.image.tobytes() == second.image.tobytes()
            assert first.depth_m.tobytes() == second.depth_m.tobytes()


def test_memory_stays_flat(surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf) -> None:
    backdrop = grey(AHEAD)
    scene = [ball(surface_of, sphere, (0, 1, 0))]
    for _ in range(5):
        draw(AHEAD, scene, backdrop)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(200):
        draw(AHEAD, scene, backdrop)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4_000


def test_the_backdrop_stays_as_it_is_where_nothing_is(
    surface_of: SurfaceOf, sphere: Sphere, white_floor: BackdropOf
) -> None:
    camera = look_at([0, 1.5, -4], [0, 0.8, 0], 200, (128, 128))
    backdrop = white_floor(camera)
    before = backdrop.image.copy()
    picture = draw(camera, [ball(surface_of, sphere, (0, 0.9, 0))], backdrop)
    assert np.array_equal(backdrop.image, before)
    assert np.array_equal(picture.image[:20], before[:20])
    nothing = draw(camera, [], backdrop)
    assert np.array_equal(nothing.image, before)
    assert (nothing.part == 255).all()


def test_a_camera_inside_a_person_is_told(surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf) -> None:
    inside = replace(AHEAD, position_m=np.array([0.1, 1.2, 0.1]))
    with pytest.raises(InputError, match=r"inside the person with owner 2.*move it away"):
        draw(inside, [ball(surface_of, sphere, (0, 1, 0), owner=2)], grey(inside))
    thing = draw(inside, [ball(surface_of, sphere, (0, 1, 0), owner=255)], grey(inside))
    assert (thing.owner == 255).all()


def test_bad_input_is_told(surface_of: SurfaceOf, sphere: Sphere, grey: BackdropOf) -> None:
    small = replace(AHEAD, size_px=(64, 64))
    one = ball(surface_of, sphere, (0, 1, 0))
    with pytest.raises(InputError, match="made for another camera or crop"):
        draw(AHEAD, [one], grey(small))
    with pytest.raises(InputError, match="do they belong to the same person"):
        draw(AHEAD, [replace(one, vertex_m=one.vertex_m[:-1])], grey(AHEAD))
    with pytest.raises(InputError, match="vertex_m holds NaN or infinity"):
        draw(AHEAD, [replace(one, vertex_m=one.vertex_m * np.nan)], grey(AHEAD))
    with pytest.raises(InputError, match=r"blur_m has shape \(3, 3\)"):
        draw(AHEAD, [replace(one, blur_m=np.zeros((3, 3)))], grey(AHEAD))
    with pytest.raises(InputError, match="300 surfaces, at most 254"):
        draw(AHEAD, [one] * 300, grey(AHEAD))
