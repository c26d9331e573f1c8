"""Which test maps were already seen in training."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from envs.gridworld.files.vin import VinTasks


class ImageOverlap(NamedTuple):
    """For every map of the test file, whether training holds its image, and its image with the same goal."""

    image: Bool[np.ndarray, " map"]
    image_and_goal: Bool[np.ndarray, " map"]


def image_overlap(train: VinTasks, test: VinTasks) -> ImageOverlap:
    """Test maps found in `train`, to report results with and without them (sums of the masks are the counts).

    Raises ``ValueError`` when the maps differ in size.
    """
    if train.size != test.size:
        raise ValueError(f"Maps of {train.path} have side {train.size}, of {test.path} side {test.size}.")
    seen = set(_keys(train))
    images = {image for image, _ in seen}
    return ImageOverlap(
        image=np.array([image in images for image, _ in _keys(test)]),
        image_and_goal=np.array([key in seen for key in _keys(test)]),
    )


def _keys(tasks: VinTasks) -> list[tuple[bytes, bytes]]:
    """Image and goal of each map as bytes, which can be looked up."""
    return [(image.tobytes(), goal.tobytes()) for image, goal in zip(tasks.blocked, tasks.goal, strict=True)]
