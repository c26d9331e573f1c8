"""What a recurrent model descends: surprise at what it sees, at once and some steps ahead, and at what comes of it."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from world_models.experience import Windows
from world_models.recurrents.categorical import balanced
from world_models.recurrents.cell import State, stacked
from world_models.recurrents.config import RecurrentConfig
from world_models.recurrents.core import Core
from world_models.recurrents.deeds import from_here
from world_models.recurrents.grid_view import GridView
from world_models.recurrents.heads import outcome_nats
from world_models.recurrents.view import Context


@dataclass(frozen=True)
class Lesson:
    """Windows, and what is done in them as numbers."""

    windows: Windows
    observation: dict[str, Tensor]
    """[batch time ...] of the keys that the model is shown."""
    done: Float[Tensor, "batch step number"]
    moved: Float[Tensor, "batch step 3"] | None
    """Where the ego was after each step, seen from where it was before; None on grids."""

    @property
    def is_there(self) -> Bool[Tensor, "batch time"]:
        """Frames that were seen."""
        return torch.cat([self.windows.is_real.new_ones(len(self.windows), 1), self.windows.is_real], 1)

    def frame(self, time: int) -> dict[str, Tensor]:
        """Of one time."""
        return {key: part[:, time] for key, part in self.observation.items()}


@dataclass(frozen=True)
class Sight:
    """What states that follow each other are compared with."""

    context: Context
    first: int
    """The frame that the first of them is of."""
    poses: Float[Tensor, "batch step 3"] | None = None
    """Where the ego is in each, seen from where the context is from."""


def objective(core: Core, lesson: Lesson, config: RecurrentConfig) -> tuple[Tensor, dict[str, Tensor]]:
    """What to descend [nats a frame], and its parts. Draws by torch's own generator."""
    batch, frames = len(lesson.windows), lesson.windows.frames
    context = core.view.context(lesson.frame(0))
    flat = {key: part.flatten(0, 1) for key, part in lesson.observation.items()}
    seen = core.view.embed(flat).unflatten(0, (batch, frames))
    units = torch.rand(batch, 2 * frames, core.cell.variables, device=seen.device)
    trace = core.follow(seen, lesson.done, context=context, units=units[:, :frames])
    parts = {
        f"seen/{name}": part for name, part in surprise(core, trace.states, lesson, Sight(context, 0), config).items()
    }
    real = lesson.windows.is_real
    dynamics, representation = balanced(trace.chances[:, 1:], trace.priors[:, 1:], config.free_nats)
    parts |= {"dynamics": masked_mean(dynamics, real), "representation": masked_mean(representation, real)}
    if config.ahead > 0.0:
        first = int(torch.randint((frames + 1) // 2, ()))
        ahead = imagined(core, trace.states, lesson, context, first, units[:, frames:])
        here = core.view.context(lesson.frame(first)) if lesson.moved is not None else context
        poses = None if lesson.moved is None else from_here(lesson.moved[:, first:])
        found = surprise(core, ahead, lesson, Sight(here, first + 1, poses), config)
        parts |= {f"ahead/{name}": part for name, part in found.items()}
    weights = {"dynamics": config.dynamics, "representation": config.representation}
    weights |= {name: config.ahead for name in parts if name.startswith("ahead/")}
    return torch.stack([weights.get(name, 1.0) * part for name, part in parts.items()]).sum(), parts


def imagined(core: Core, states: State, lesson: Lesson, context: Context, first: int, units: Tensor) -> State:
    """States [batch step ...] after frame `first`, of which nothing is seen."""
    state, found = State(*(part[:, first, None] for part in states)), []
    for time in range(first, lesson.done.shape[1]):
        unit = units[:, time, None]
        state, _ = core.imagine(state, lesson.done[:, time, None], context=context, unit=unit)
        found.append(State(*(part[:, 0] for part in state)))
    return stacked(found, 1)


def surprise(core: Core, states: State, lesson: Lesson, sight: Sight, config: RecurrentConfig) -> dict[str, Tensor]:
    """How surprising everything about states [batch time ...] is."""
    features, windows, context, first = states.features, lesson.windows, sight.context, sight.first
    there = lesson.is_there[:, first:]
    shown = config.frames if core.view.is_costly else features.shape[1]
    some = torch.randperm(features.shape[1])[:shown].sort().values
    occupancy = lesson.observation["occupancy"][:, first + some]
    poses = None if sight.poses is None else sight.poses[:, some]
    off = core.view.nats(features[:, some], occupancy, context, poses, some.to(features.device))
    parts = {"occupancy": masked_mean(off, there[:, some])}
    skipped = int(first == 0)  # nothing led to the first frame
    led, steps = features[:, skipped:], slice(first - 1 + skipped, None)
    outcome, real = core.outcome(led, context), windows.is_real[:, steps]
    reward, going_on = outcome_nats(outcome, windows.rewards[:, steps], windows.terminated[:, steps])
    parts |= {"reward": masked_mean(reward, real), "continuation": masked_mean(going_on, real)}
    if isinstance(core.view, GridView):
        to_go = windows.to_go[:, first:].float()
        known = there & to_go.isfinite()
        off = functional.smooth_l1_loss(
            core.view.to_go(features, context), torch.where(known, to_go, 0.0), reduction="none"
        )
        parts["to_go"] = masked_mean(off, known)
    return parts


def masked_mean(values: Float[Tensor, "batch time"], mask: Bool[Tensor, "batch time"]) -> Float[Tensor, ""]:
    """Over what the mask tells; 0 of nothing."""
    return torch.where(mask, values, 0.0).sum() / mask.sum().clamp(min=1)
