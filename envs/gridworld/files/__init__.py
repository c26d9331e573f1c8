"""Maps and tasks from public files: MovingAI `.map` and `.scen`, VIN `.mat`, planning `.npz`.

Readers turn every convention into one: cells are (row, col) from 0 with row down, `blocked` is True where
a cell cannot be entered, and actions are numbered as in `ACTIONS`.
"""

from envs.gridworld.files.compass import ACTIONS, moves_of
from envs.gridworld.files.errors import MapFormatError
from envs.gridworld.files.movingai import GridFile, Scenario, check_scenario, read_map, read_scenario
from envs.gridworld.files.overlap import ImageOverlap, image_overlap
from envs.gridworld.files.planning import PlanningMaps, read_planning
from envs.gridworld.files.vin import VinTasks, read_mat

__all__ = [
    "ACTIONS",
    "GridFile",
    "ImageOverlap",
    "MapFormatError",
    "PlanningMaps",
    "Scenario",
    "VinTasks",
    "check_scenario",
    "image_overlap",
    "moves_of",
    "read_map",
    "read_mat",
    "read_planning",
    "read_scenario",
]
