"""Recorded real traffic from files: CommonRoad XML (2018b, 2020a) and Argoverse 2 (forecasting, sensor logs)."""

from envs.driving.files.errors import RecordingFormatError
from envs.driving.files.reading import read_recording
from envs.driving.files.recording import Goal, Recording

__all__ = ["Goal", "Recording", "RecordingFormatError", "read_recording"]
