"""The peer of `virtual_lab.py`: the same surfaces drawn by OpenGL through moderngl and EGL.

Its light is plainer than ours (no patterns, no folds, no soft shadow on the floor), its work alike: vertices
uploaded anew each frame, a shadow map of 512 x 512 with 3 x 3 taps, four samples a pixel, the picture read
back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.light import Light
from kinelab.virtual_lab.drawing.normals import vertex_normals
from kinelab.virtual_lab.drawing.surface import Drawn
from kinelab.virtual_lab.drawing.tones import linear

SHADOW_CELLS = 512
SHADOW_VERTEX = """
#version 330
uniform mat4 sun; in vec3 at; in float cover; out float shown;
void main() { gl_Position = sun * vec4(at, 1); shown = cover; }
"""
SHADOW_PIXEL = """
#version 330
in float shown;
void main() { if (shown < 0) discard; }
"""
VERTEX = """
#version 330
uniform mat4 eye; uniform mat4 sun;
in vec3 at; in vec3 normal; in vec3 colour; in float cover;
out vec3 place; out vec3 facing; out vec3 albedo; out vec4 lit; out float shown;
void main() {
    gl_Position = eye * vec4(at, 1);
    place = at; facing = normal; albedo = colour; lit = sun * vec4(at + 0.01 * normal, 1); shown = cover;
}
"""
PIXEL = """
#version 330
uniform vec3 towards; uniform vec3 key; uniform vec3 sky; uniform vec3 ground; uniform vec3 from;
uniform sampler2DShadow shadow;
in vec3 place; in vec3 facing; in vec3 albedo; in vec4 lit; in float shown;
out vec4 pixel;
void main() {
    if (shown < 0) discard;
    vec3 n = normalize(gl_FrontFacing ? facing : -facing), v = normalize(from - place);
    vec3 at = lit.xyz / lit.w * 0.5 + 0.5;
    float open = 0;
    for (int i = -1; i < 2; i++)
        for (int j = -1; j < 2; j++) open += texture(shadow, at + vec3(i, j, 0) / 512 - vec3(0, 0, 0.002));
    float slope = max(dot(n, towards), 0), shine = pow(max(dot(n, normalize(towards + v)), 0), 20);
    vec3 light = albedo * (key * slope * open / 9 + mix(ground, sky, 0.5 + 0.5 * n.y))
        + key * shine * open * 0.003;
    pixel = vec4(pow(light, vec3(1 / 2.2)), 1);
}
"""


def gl_drawer(camera: PinholeCamera, light: Light) -> tuple[Callable[[Drawn], NDArray[np.uint8]], str]:
    """A function that draws one surface, (H, W, 4) uint8 with coverage last, and the renderer's name.

    Raises:
        ImportError: moderngl is not installed. Exception of any kind: no GL context can be made.
    """
    import moderngl

    context = moderngl.create_standalone_context(backend="egl")
    context.enable(moderngl.DEPTH_TEST)
    width, height = camera.size_px
    deep = context.depth_texture((SHADOW_CELLS, SHADOW_CELLS))
    deep.compare_func = "<="
    sunlit = context.framebuffer(depth_attachment=deep)
    sampled = context.framebuffer(
        context.renderbuffer((width, height), samples=4),
        context.depth_renderbuffer((width, height), samples=4),
    )
    plain = context.framebuffer(context.renderbuffer((width, height)))
    first = context.program(vertex_shader=SHADOW_VERTEX, fragment_shader=SHADOW_PIXEL)
    second = context.program(vertex_shader=VERTEX, fragment_shader=PIXEL)
    for name, value in (("key", light.key), ("sky", light.sky), ("ground", light.ground)):
        second[name].value = tuple(value)
    second["towards"].value = tuple(light.direction)
    second["from"].value = tuple(camera.position_m)
    second["eye"].write(_eye(camera).T.astype("f4").tobytes())
    kept: dict[int, tuple[object, Array, object]] = {}

    def draw(drawn: Drawn) -> NDArray[np.uint8]:
        surface = drawn.surface
        if id(surface) not in kept:
            kept[id(surface)] = _buffers(context, first, second, surface)
        buffer, fixed, (shadow_pass, eye_pass) = kept[id(surface)]  # type: ignore[misc]
        vertex = np.asarray(drawn.vertex_m, np.float32)
        rows = np.concatenate([vertex, vertex_normals(vertex, surface.face), fixed], axis=1, dtype=np.float32)
        buffer.write(rows.tobytes())
        sun = _sun(light.direction, vertex).T.astype("f4").tobytes()
        first["sun"].write(sun)
        second["sun"].write(sun)
        sunlit.use()
        sunlit.clear()
        shadow_pass.render()
        sampled.use()
        sampled.clear(0, 0, 0, 0)
        deep.use(0)
        eye_pass.render()
        context.copy_framebuffer(plain, sampled)
        return np.frombuffer(plain.read(components=4), np.uint8).reshape(height, width, 4)[::-1]

    return draw, str(context.info["GL_RENDERER"])


def _buffers(context, first, second, surface):  # type: ignore[no-untyped-def]
    """One vertex buffer of ten floats a row, and what draws it in both passes."""
    colours = np.array([linear(material.colour) for material in surface.materials], np.float32)
    colour = np.zeros((len(surface.rest_m), 3), np.float32)
    for corner in range(3):
        colour[surface.face[:, corner]] = colours[surface.material]
    fixed = np.concatenate([colour * surface.tint**2, surface.cover[:, None]], axis=1)
    buffer = context.buffer(reserve=len(fixed) * 10 * 4)
    index = context.buffer(np.ascontiguousarray(surface.face, np.int32).tobytes())
    shadow_pass = context.vertex_array(first, [(buffer, "3f 24x 1f", "at", "cover")], index)
    eye_pass = context.vertex_array(
        second, [(buffer, "3f 3f 3f 1f", "at", "normal", "colour", "cover")], index
    )
    return buffer, fixed, (shadow_pass, eye_pass)


def _eye(camera: PinholeCamera, near_m: float = 0.05, far_m: float = 100.0) -> Array:
    """The pinhole camera as a clip matrix; pixel i covers [i - 0.5, i + 0.5), rows upside down in GL."""
    width, height = camera.size_px
    (cx, cy), f = camera.centre_px, camera.focal_px
    clip = np.array(
        [
            [2 * f / width, 0, (2 * cx + 1) / width - 1, 0],
            [0, -2 * f / height, 1 - (2 * cy + 1) / height, 0],
            [0, 0, (far_m + near_m) / (far_m - near_m), -2 * far_m * near_m / (far_m - near_m)],
            [0, 0, 1, 0],
        ]
    )
    local = np.eye(4)
    local[:3, :3], local[:3, 3] = camera.rotation, -camera.rotation @ camera.position_m
    return clip @ local


def _sun(direction: Array, vertex: NDArray[np.float32]) -> Array:
    """Clip matrix of parallel light over all vertices."""
    across = np.cross(direction, [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(direction, across), -direction])
    local = vertex @ axes.T
    low, high = local.min(axis=0) - 0.02, local.max(axis=0) + 0.02
    clip = np.eye(4)
    clip[:3, :3] = axes * (2 / (high - low))[:, None]
    clip[:3, 3] = -(high + low) / (high - low)
    return clip
