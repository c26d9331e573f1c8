"""The study as runs: a kind of network, a share of the data and a seed, each with a folder of its own.

    out/trained/ours-20-5a0e.../seed-0/agent.safetensors       the agent, and a checkpoint to resume its training from
    out/trained/ours-20-5a0e.../seed-0/training.json           what the training took
    out/trained/ours-20-5a0e.../seed-0/judged.json             what the network came to on the published task
    out/trained/ours-20-5a0e.../seed-0/zero-shot.json          and on maps of other sizes

Folders are named by a hash of all that was asked for, so that what is finished is never done again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from envs.core.naming import check_known
from experiments.comparison.entrants import resolved
from experiments.comparison.runs import digest

AGENT = "value-iteration-network"
SHARES = (1.0, 0.5, 0.2)
"""Of the published training data, in the order of their trainings: the longest first."""
SIZE = 16
HALF_RATES = (0.01, 0.005, 0.005, 0.001)
"""Learning rates that the authors took with half of the data."""


@dataclass(frozen=True)
class Kind:
    """A network and how it is trained: fields of the agent's config."""

    label: str
    config: dict[str, Any]
    by_share: dict[float, dict[str, Any]] = field(default_factory=dict)
    """What differs with a share of the data."""
    is_planning: bool = True
    """Whether it can be asked about maps of another size."""

    def config_at(self, share: float) -> dict[str, Any]:
        """Of one run, but for the seed."""
        return self.config | self.by_share.get(share, {})


KINDS: dict[str, Kind] = {
    "ours": Kind("ours", {"architecture": "propagation", "updates": 6_000}),
    "tied": Kind("VIN", {"architecture": "faithful"}, {0.5: {"rates": HALF_RATES}}),
    "untied": Kind("VIN, untied", {"architecture": "untied"}, {0.5: {"rates": HALF_RATES}}, is_planning=False),
    "reactive": Kind(
        "reactive CNN", {"architecture": "reactive", "rates": (0.01, 0.002), "stage_epochs": 20}, is_planning=False
    ),
}


@dataclass(frozen=True)
class Plan:
    """What is asked for: where the data lies, who is trained from what, and how much it is judged on."""

    data: Path
    """Folder that holds `vin/gridworld_16.mat` and, where there are any, other maps."""
    out: Path
    seeds: tuple[int, ...] = (0, 1, 2)
    levels: int = 10_000
    config: Mapping[str, Any] = field(default_factory=dict)
    """Fields that hold for every kind, whatever its own say."""

    @property
    def training_file(self) -> Path:
        """The published training data."""
        return self.data / "vin" / f"gridworld_{SIZE}.mat"

    @property
    def test_file(self) -> Path:
        """The published test data, which may be missing."""
        return self.data / "vin" / f"gridworld_{SIZE}_test.mat"


@dataclass(frozen=True)
class Run:
    """One training, and what is done with it."""

    plan: Plan
    kind: str
    share: float
    seed: int

    @cached_property
    def config(self) -> dict[str, Any]:
        """Fields of the agent's config that are not its defaults."""
        return {**KINDS[self.kind].config_at(self.share), **self.plan.config, "seed": self.seed}

    @cached_property
    def whole_config(self) -> dict[str, Any]:
        """All fields but the seed, with the defaults of today."""
        found = resolved(AGENT, self.config)
        del found["seed"]
        return found

    @property
    def folder(self) -> Path:
        """Of everything about it."""
        facts = {"config": self.whole_config, "data": self.plan.training_file.name}
        return self.plan.out / "trained" / f"{self.kind}-{100 * self.share:.0f}-{digest(facts)}" / f"seed-{self.seed}"

    @property
    def title(self) -> str:
        """For people."""
        return f"{KINDS[self.kind].label}, {100 * self.share:.0f} % of the data, seed {self.seed}"

    @property
    def is_zero_shot(self) -> bool:
        """Whether other sizes are tried: with all of the data, where the network can."""
        return KINDS[self.kind].is_planning and self.share == max(SHARES)

    @property
    def training(self) -> Path:
        """What the training took."""
        return self.folder / "training.json"

    @property
    def judged(self) -> Path:
        """What it came to on the published task."""
        return self.folder / "judged.json"

    @property
    def zero_shot(self) -> Path:
        """What it came to on maps of other sizes."""
        return self.folder / "zero-shot.json"

    @property
    def is_judged(self) -> bool:
        """Whether it was, on as many levels as are asked for."""
        return self._says(self.judged)

    @property
    def is_tried(self) -> bool:
        """Whether other sizes were, on as many levels."""
        return self._says(self.zero_shot)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_judged and (self.is_tried or not self.is_zero_shot)

    def _says(self, file: Path) -> bool:
        return file.is_file() and json.loads(file.read_text(encoding="utf-8"))["levels"] == self.plan.levels

    def do(self) -> None:
        """Train, judge, try."""
        from experiments.vin.training import do_run

        do_run(self)


def runs_of(plan: Plan, only: Sequence[str] = ()) -> list[Run]:
    """Runs in the order of what they tell: the first seed of ours and of the published networks, then other seeds.

    Args:
        only: Kinds, and shares in per cent; a sort of which none is named stays whole.

    Raises:
        ValueError: a name of neither.
    """
    shares = {f"{100 * share:.0f}": share for share in SHARES}
    for name in only:
        check_known("kind of network, or share in per cent", name, {**KINDS, **shares})
    kinds = [kind for kind in KINDS if kind in only] or list(KINDS)
    wanted = [share for name, share in shares.items() if name in only] or list(SHARES)
    rounds = [(seed, kind) for seed in plan.seeds for kind in kinds if kind != "reactive"]
    rounds += [(seed, kind) for seed in plan.seeds for kind in kinds if kind == "reactive"]
    return [Run(plan, kind, share, seed) for seed, kind in rounds for share in wanted]
