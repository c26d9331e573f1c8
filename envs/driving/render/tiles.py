"""The ground under a camera, put together from tiles that are painted once."""

import hashlib
from collections import OrderedDict

import numpy as np
from jaxtyping import UInt8

from envs.driving.network import Network
from envs.driving.render.camera import Camera
from envs.driving.render.ground import paint_ground
from envs.driving.render.plan import Part, draft

TILE = 384
"""Side of a tile [px]."""
CAPACITY = 160
"""Tiles that are kept, some 70 MB."""
NETWORKS = 16


class Tiles:
    """Painted ground of the networks seen last, known by what they hold: equal roads may be other arrays."""

    def __init__(self) -> None:
        self._sketches: OrderedDict[bytes, list[Part]] = OrderedDict()
        self._tiles: OrderedDict[tuple[bytes, float, int, int], UInt8[np.ndarray, "y x 3"]] = OrderedDict()

    def ground(self, network: Network, camera: Camera) -> UInt8[np.ndarray, "height width 3"]:
        """The ground that the camera sees."""
        key = fingerprint(network)
        picture = np.empty((camera.height, camera.width, 3), dtype=np.uint8)
        for row in range(camera.top // TILE, (camera.top + camera.height - 1) // TILE + 1):
            for col in range(camera.left // TILE, (camera.left + camera.width - 1) // TILE + 1):
                tile = self._tile(key, network, Camera(col * TILE, row * TILE, camera.scale, TILE, TILE))
                top, left = row * TILE - camera.top, col * TILE - camera.left
                rows = slice(max(top, 0), min(top + TILE, camera.height))
                cols = slice(max(left, 0), min(left + TILE, camera.width))
                picture[rows, cols] = tile[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]
        return picture

    def _tile(self, key: bytes, network: Network, camera: Camera) -> UInt8[np.ndarray, "y x 3"]:
        place = (key, camera.scale, camera.top, camera.left)
        if place not in self._tiles:
            parts = self._sketch(key, network)
            self._tiles[place] = paint_ground(parts, camera, has_pavement=len(network.crosswalks) > 0)
            while len(self._tiles) > CAPACITY:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(place)
        return self._tiles[place]

    def _sketch(self, key: bytes, network: Network) -> list[Part]:
        if key not in self._sketches:
            self._sketches[key] = draft(network)
            while len(self._sketches) > NETWORKS:
                self._sketches.popitem(last=False)
        self._sketches.move_to_end(key)
        return self._sketches[key]


def fingerprint(network: Network) -> bytes:
    """A digest of everything that is painted."""
    digest = hashlib.blake2b(digest_size=16)
    for table in (network.lanes, network.points, network.bars, network.crosswalks):
        # field by field: what lies in the gaps between them is anybody's guess
        for name in table.dtype.names or ():
            digest.update(table[name].tobytes())
    for area in network.areas:
        digest.update(np.asarray(area).tobytes())
    for line in network.lines:
        digest.update(line.kind.encode())
        digest.update(np.asarray(line.points).tobytes())
    return digest.digest()
