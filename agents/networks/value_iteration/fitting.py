"""Fitting a planning network to labelled maps."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional

from agents.descent import Descent
from agents.networks.value_iteration.architectures import planning_network
from agents.networks.value_iteration.batches import LabelledBatches, MapBatch
from agents.networks.value_iteration.config import ValueIterationConfig
from agents.networks.value_iteration.descents import StagedDescent
from agents.networks.value_iteration.planning import PlanningNetwork
from agents.networks.value_iteration.symmetries import draw_symmetries
from agents.planning_labels import LabelledMaps

OnProgress = Callable[[int, int, float], None]
"""Called with (updates made, updates in all, mean loss since the last call)."""
REPORT_EVERY = 100


class LabelledFitting:
    """A network on its way through batches of labelled maps.

    Args:
        config: With the `updates` that are really meant.
    """

    def __init__(self, network: PlanningNetwork, labelled: LabelledMaps, config: ValueIterationConfig) -> None:
        self.network = network
        self.descent = StagedDescent(network, config) if config.is_published else Descent(network, config)
        self.batches = batches_of(labelled, config)

    def skip(self) -> None:
        """Pass over the batches of updates that were made before an interruption."""
        for _ in range(self.descent.updates):
            next(self.batches)

    def run(self, until: int) -> float:
        """Update until `until` updates are made; mean loss."""
        self.network.train()
        losses = [self._update() for _ in range(self.descent.updates, until)]
        self.network.eval()
        return float(np.mean(losses)) if losses else float("nan")

    def _update(self) -> float:
        return self.descent.step(loss_of(self.network, next(self.batches)))


def planned_updates(labelled: LabelledMaps, config: ValueIterationConfig, epochs: int | None = None) -> int:
    """Updates of so many epochs in full batches; None: what the config says."""
    if epochs is None and not config.is_published:
        return config.updates
    groups, _ = LabelledBatches(labelled).groups(config.states, np.random.default_rng(0))
    whole = len(config.rates) * config.stage_epochs if epochs is None else epochs
    return whole * max(1, len(groups) // config.batch_maps)


def fit(
    labelled: LabelledMaps,
    config: ValueIterationConfig,
    *,
    seed: int | None = None,
    epochs: int | None = None,
    updates: int | None = None,
    on_progress: OnProgress | None = None,
) -> PlanningNetwork:
    """A network fitted to labels, from scratch.

    Args:
        labelled: Maps of one size.
        config: Its `updates` hold for `propagation`; the published networks go through the labels
            `stage_epochs` times a stage.
        seed: Instead of the config's.
        epochs: Instead of that: so often in all, through all labels.
        updates: Instead of that: so many.
        on_progress: Called every 100 updates and at the end.
    """
    updates = planned_updates(labelled, config, epochs) if updates is None else updates
    config = replace(config, seed=config.seed if seed is None else seed, updates=updates)
    with torch.random.fork_rng(devices=[]):  # the caller's generator is none of our business
        torch.manual_seed(config.seed)
        network = planning_network(
            config.architecture, labelled.blocked.shape[1:], iterations=config.iterations, width=config.width
        )
    fitting = LabelledFitting(network, labelled, config)
    while fitting.descent.updates < updates:
        loss = fitting.run(min(updates, fitting.descent.updates + REPORT_EVERY))
        if on_progress:
            on_progress(fitting.descent.updates, updates, loss)
    return network


def batches_of(labelled: LabelledMaps, config: ValueIterationConfig) -> Iterator[MapBatch]:
    """The published way: epochs of groups; ours: draws, each map turned or mirrored."""
    rng = np.random.default_rng(config.seed)
    source = LabelledBatches(labelled)
    if config.is_published:
        return source.epochs(config.batch_maps, config.states, rng)
    return (draw_symmetries(batch, rng) for batch in source.draws(config.batch_maps, config.states, rng))


def loss_of(network: PlanningNetwork, batch: MapBatch) -> torch.Tensor:
    """Cross-entropy of the labels."""
    return functional.cross_entropy(network(batch.maps, batch.task_map, batch.cell), batch.action)
