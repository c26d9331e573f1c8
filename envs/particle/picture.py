"""From a batch of worlds to the scene the renderer draws."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.kernels.particle import RADIUS
from envs.particle.render import Scene, paint

if TYPE_CHECKING:
    from envs.particle.worlds import Particle

TRAIL_LENGTH = 256


class Painter:
    """Draws worlds, and remembers where each agent was seen before: the state itself keeps no past."""

    def __init__(self) -> None:
        self._trails: dict[tuple[int, int], tuple[int, int, list[np.ndarray]]] = {}

    def paint(self, worlds: "Particle", world: int, agent: int, overlay: Mapping[str, Any], caption: str) -> np.ndarray:
        """One world as `agent` lives through it, uint8 [height width 3]."""
        state, config = worlds.state, worlds.config
        position = state.position[world, agent].copy()
        goals = np.stack([state.first_goal[world, agent], state.second_goal[world, agent]])
        away = np.linalg.norm(goals - position, axis=1)
        step = int(state.steps[world])
        facts = [f"level {int(state.level[world])}", f"step {step}", f"to the goals {away[0]:.2f} and {away[1]:.2f}"]
        scene = Scene(
            position=position,
            velocity=state.velocity[world, agent].copy(),
            goals=goals,
            touched=state.touched[world, agent] == 1,
            radius=RADIUS,
            trail=self._trail(worlds, world, agent),
            step=step,
            max_steps=config.max_steps,
            any_order=config.multimodal,
            caption="  ".join([caption or type(worlds).__name__, *facts]),
            status=self._status(worlds, world, agent),
            overlay=dict(overlay),
        )
        return paint(scene)

    def _trail(self, worlds: "Particle", world: int, agent: int) -> np.ndarray:
        state = worlds.state
        step, episode = int(state.steps[world]), int(state.episode[world])
        last_step, last_episode, places = self._trails.get((world, agent), (-1, -1, []))
        if episode != last_episode or step < last_step:
            places = []
        places = places[:-1] if places and step == last_step else places
        places = [*places, state.position[world, agent].copy()][-TRAIL_LENGTH:]
        self._trails[world, agent] = (step, episode, places)
        return np.stack(places)

    def _status(self, worlds: "Particle", world: int, agent: int) -> str:
        output = worlds.output
        if output.truncated[world, agent]:
            return "timeout"
        return "success" if output.terminated[world, agent] else "running"
