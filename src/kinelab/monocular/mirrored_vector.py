"""What a network's numbers become when the person is seen in a mirror, and the mean of both opinions."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.monocular.mirror import MIRROR_BODY, MIRROR_VIEW, Mirror, exchanged
from kinelab.monocular.vector import Vector


def mirrored_vectors(values: Array, vector: Vector, mirror: Mirror) -> Array:
    """Vectors (N, numbers) of the mirrored picture; done twice it is nothing."""
    columns = vector.head.columns
    place = {int(column): i for i, column in enumerate(columns)}
    partner = np.array([place[int(mirror.columns[column])] for column in columns])
    swap = exchanged(vector.landmarks)
    result = values.copy()
    # Columns of MIRROR_VIEW @ R @ MIRROR_BODY; the third one alone would change its sign by MIRROR_BODY.
    first_two = values[:, vector.rotation].reshape(len(values), 2, 3) * np.diag(MIRROR_VIEW)
    result[:, vector.rotation] = (first_two * np.diag(MIRROR_BODY)[:2, None]).reshape(len(values), 6)
    result[:, vector.coordinates] = values[:, vector.coordinates][:, partner] * mirror.signs[columns]
    result[:, vector.coordinate_sd] = values[:, vector.coordinate_sd][:, partner]
    spots = values[:, vector.spots].reshape(len(values), len(swap), 2)[:, swap]
    spots[..., 0] = 1 - spots[..., 0]
    result[:, vector.spots] = spots.reshape(len(values), 2 * len(swap))
    result[:, vector.spot_sd] = values[:, vector.spot_sd][:, swap]
    return result


def with_mirror(straight: Array, back: Array, vector: Vector) -> Array:
    """The mean of two opinions (N, numbers) on the same crops, `back` as it is in the straight picture.

    Variances are the mean of both, more the square of half of what the two are apart: a network that
    contradicts its mirror image does not know.
    """
    mean, half = (straight + back) / 2, (straight - back) / 2
    j = len(vector.head.columns)
    apart = np.empty_like(mean[:, vector.sds])
    apart[:, :j] = half[:, vector.coordinates]
    # A turn by s about each axis moves the first two columns by 2 s in all.
    apart[:, j] = np.linalg.norm(half[:, vector.rotation], axis=1) / 2
    spots = half[:, vector.spots].reshape(len(half), len(vector.landmarks), 2)
    apart[:, j + 1 :] = np.sqrt((spots**2).mean(axis=2))
    variance = (np.exp(2 * straight[:, vector.sds]) + np.exp(2 * back[:, vector.sds])) / 2
    mean[:, vector.sds] = 0.5 * np.log(variance + apart**2)
    return np.asarray(mean)
