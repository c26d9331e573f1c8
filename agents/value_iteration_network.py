"""Value iteration networks: planning on a learned map inside the network (Tamar et al., NeurIPS 2016), and ours."""

import time
from dataclasses import replace
from typing import ClassVar

from agents.behavior_cloning import CHUNKS, BehaviorCloning
from agents.imitation import Fitting, ImitationLesson
from agents.networks.value_iteration.config import ValueIterationConfig
from agents.networks.value_iteration.descents import StagedDescent
from agents.networks.value_iteration.fitting import LabelledFitting, planned_updates
from agents.networks.value_iteration.policy import PlanningPolicy, planning_policy
from agents.planning_labels import LabelledMaps
from agents.progress import progress_bar
from agents.training_state import TrainingState


class ValueIterationAgent(BehaviorCloning):
    """Learns from labelled maps, from a recorded store, or from demonstrations that it asks an environment for."""

    name: ClassVar[str] = "value-iteration-network"
    Config: ClassVar[type] = ValueIterationConfig
    config: ValueIterationConfig
    network: PlanningPolicy

    def build(self) -> PlanningPolicy:
        try:
            return planning_policy(self.observation_space, self.action_space, self.config)
        except ValueError as error:
            raise ValueError(f"Agent {self.name!r}: {error}") from error

    def new_fitting(self) -> Fitting:
        return StagedFitting(self.network, self.config) if self.config.is_published else super().new_fitting()

    def study(self, lesson: ImitationLesson) -> None:
        if isinstance(lesson.source, LabelledMaps):
            self._study_maps(lesson, lesson.source)
        else:
            super().study(lesson)

    def _study_maps(self, lesson: ImitationLesson, labelled: LabelledMaps) -> None:
        updates = planned_updates(labelled, self.config)
        fitting = LabelledFitting(self.network.encoder.planner, labelled, replace(self.config, updates=updates))
        saved, descent = TrainingState(lesson.checkpoint), fitting.descent
        saved.begin(self, descent, resume=lesson.resume)
        fitting.skip()
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        with progress_bar(updates, "planning", initial=descent.updates, shown=lesson.progress) as bar:
            while descent.updates < updates:
                done = descent.updates
                loss = fitting.run(min(updates, done + max(1, updates // CHUNKS)))
                seconds = time.process_time() - began
                entry = {"updates": descent.updates, "queries": len(labelled), "loss": loss, "cpu_seconds": seconds}
                self.history.append(entry)
                saved.write(self, descent)
                bar.update(descent.updates - done)
                bar.set_postfix(loss=f"{loss:.3f}")


class StagedFitting(StagedDescent, Fitting):
    """The published descent, on batches of observations."""
