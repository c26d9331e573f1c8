"""Goals in hindsight: where experience came to k steps later, and, when it counts, where there is to go."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float, Int64
from torch import Tensor

from agents.experience import Experience
from agents.mpc.outline import Outline
from agents.networks.policy import as_tensors
from envs.driving.config import STEP_SECONDS
from world_models.experience import Windows
from world_models.trajectories.reference_path import ROUTE_SPACING, ReferencePath

ASKED = "asked"
"""The key that is added to observations: what is asked for."""
OBSTACLE, GOAL, AGENT = range(3)
"""Channels of a grid's occupancy."""
SPEED, LIMIT = 0, 6
"""Columns of the key `ego` on roads."""
GAIN = 1.5
"""At which a free road is driven [m/s^2]."""
NUMBERS = ("ego", "route")


@dataclass(frozen=True)
class Hindsight(ABC):
    """Turns observations and goals into what a policy network is shown."""

    reach: int
    """Steps from which a goal may be taken, at most."""

    @classmethod
    @abstractmethod
    def of(cls, outline: Outline, reach: int | None) -> Self:
        """For worlds; None: the family's own reach."""

    @abstractmethod
    def space(self, observed: spaces.Dict) -> spaces.Dict:
        """Of what the network is shown."""

    @abstractmethod
    def ask(self, observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        """For the way there is to go."""

    @abstractmethod
    def look_back(self, windows: Windows, steps: Int64[Tensor, " batch"]) -> dict[str, Tensor]:
        """Frame 0, asked for where frame `steps` was."""

    def examples(
        self, experience: Experience, count: int, rng: np.random.Generator
    ) -> tuple[dict[str, Tensor], Tensor]:
        """(what is shown, the action [batch ...] that was taken) of `count` steps of experience."""
        windows = experience.sample(count, self.reach + 1, rng)
        real = windows.is_real.sum(1)
        steps = 1 + (torch.from_numpy(rng.random(count)) * real).long()  # of those that were made
        return self.look_back(windows, steps), windows.actions[:, 0]


@dataclass(frozen=True)
class GridHindsight(Hindsight):
    """The goal's channel shows where the agent came to; where only a window is seen, the goal stays what it is."""

    is_whole: bool
    """The whole map is in view."""

    @classmethod
    def of(cls, outline: Outline, reach: int | None) -> "GridHindsight":
        if outline.is_road or not hasattr(outline.config, "view"):
            raise ValueError(f"Inverse dynamics know grids and roads, got worlds of {outline.world!r}.")
        return cls(reach or 16, outline.config.view == "full")

    def space(self, observed: spaces.Dict) -> spaces.Dict:
        kept = {"occupancy": observed["occupancy"]} if self.is_whole else dict(observed.spaces)
        return spaces.Dict([*kept.items(), (ASKED, spaces.Box(0.0, 1.0, (1,), np.float32))])

    def ask(self, observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        seen = as_tensors(observation)
        occupancy = seen["occupancy"]
        if not self.is_whole:
            return {**seen, ASKED: torch.ones(len(occupancy), 1)}
        goal, agent = _cells(occupancy[:, GOAL]), _cells(occupancy[:, AGENT])
        return {"occupancy": occupancy, ASKED: self._share((goal - agent).abs().amax(1))}

    def look_back(self, windows: Windows, steps: Int64[Tensor, " batch"]) -> dict[str, Tensor]:
        seen = {key: part[:, 0].float() for key, part in windows.observation.items()}
        if not self.is_whole:
            return {**seen, ASKED: torch.ones(len(windows), 1)}
        occupancy, rows = seen["occupancy"].clone(), torch.arange(len(windows))
        occupancy[:, GOAL] = windows.observation["occupancy"][rows, steps, AGENT].float()
        return {"occupancy": occupancy, ASKED: self._share(steps)}

    def _share(self, steps: Int64[Tensor, " batch"]) -> Float[Tensor, "batch 1"]:
        return (steps.float() / self.reach).clamp(max=1.0)[:, None]


@dataclass(frozen=True)
class RoadHindsight(Hindsight):
    """The goal is a place: ahead, to the left [m], its direction, and the seconds until then."""

    dt: float
    spacing: float
    """Between the points of the route [m]."""

    @classmethod
    def of(cls, outline: Outline, reach: int | None) -> "RoadHindsight":
        config = outline.config
        if missing := [key for key in ("occupancy", *NUMBERS) if key not in config.observe]:
            raise ValueError(f"Inverse dynamics on roads need observe=occupancy,ego,route, {missing} is not seen.")
        spacing = ROUTE_SPACING * config.extent[0] / 48.0
        return cls(reach or 6, STEP_SECONDS * config.steps_per_action, spacing)

    def space(self, observed: spaces.Dict) -> spaces.Dict:
        far = 100.0
        low, high = np.array([-far, -far, -1, -1, 0], np.float32), np.array([far, far, 1, 1, 10], np.float32)
        box = spaces.Box(low, high)
        return spaces.Dict([*((key, observed[key]) for key in ("occupancy", *NUMBERS)), (ASKED, box)])

    def ask(self, observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        seen = as_tensors({key: observation[key] for key in ("occupancy", *NUMBERS)})
        path = ReferencePath.of_observation(seen["ego"], seen["route"], self.spacing)
        x, y, heading = path.pose(self._free_way(seen["ego"])[:, None])
        return {**seen, ASKED: self._place(torch.cat([x, y, heading], 1), torch.full((len(x),), self.reach))}

    def look_back(self, windows: Windows, steps: Int64[Tensor, " batch"]) -> dict[str, Tensor]:
        assert windows.tracks is not None
        seen = {key: windows.observation[key][:, 0].float() for key in ("occupancy", *NUMBERS)}
        seen["occupancy"] = seen["occupancy"] / 255.0
        place = windows.tracks.seen_from()[torch.arange(len(steps)), steps, 0]
        return {**seen, ASKED: self._place(place, steps)}

    def _place(self, pose: Float[Tensor, "batch 3"], steps: Int64[Tensor, " batch"]) -> Float[Tensor, "batch 5"]:
        heading = pose[:, 2:]
        return torch.cat([pose[:, :2], torch.cos(heading), torch.sin(heading), self.dt * steps.float()[:, None]], 1)

    def _free_way(self, ego: Float[Tensor, "batch number"]) -> Float[Tensor, " batch"]:
        """Metres on a road that is free: up to the limit, or down to it, at `GAIN`."""
        seconds = (torch.arange(20 * self.reach) + 0.5) * (self.dt / 20)
        speed, limit = ego[:, SPEED, None], ego[:, LIMIT, None]
        reached = torch.where(
            speed <= limit,
            torch.minimum(speed + GAIN * seconds, limit),
            torch.maximum(speed - GAIN * seconds, limit),
        )
        return reached.sum(1) * (self.dt / 20)


def _cells(channel: Float[Tensor, "batch row col"]) -> Int64[Tensor, "batch 2"]:
    """(row, col) of the cell that is set."""
    place = channel.flatten(1).argmax(1)
    return torch.stack([place // channel.shape[2], place % channel.shape[2]], 1)
