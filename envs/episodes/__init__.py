"""Recorded episodes: an atomic, checksummed, memory-mapped store and a window sampler over it."""

from envs.episodes.layout import DamagedStoreError
from envs.episodes.lock import BusyStoreError
from envs.episodes.manifest import ArrayEntry, Manifest, read_manifest
from envs.episodes.store import EpisodeStore
from envs.episodes.windows import WindowBatch, WindowSampler
from envs.episodes.writer import EpisodeWriter

__all__ = [
    "ArrayEntry",
    "BusyStoreError",
    "DamagedStoreError",
    "EpisodeStore",
    "EpisodeWriter",
    "Manifest",
    "WindowBatch",
    "WindowSampler",
    "read_manifest",
]
