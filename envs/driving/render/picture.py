"""From a batch of road worlds to the scene that is drawn."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int64

from envs.driving.render.painter import paint
from envs.driving.render.scene import Scene
from envs.driving.render.tiles import Tiles
from envs.kernels.road_signals import colour

if TYPE_CHECKING:
    from envs.driving.worlds import RoadWorlds

STEP_SECONDS = 0.1


class Painter:
    """Draws worlds; keeps the ground that it has painted, and nothing of what happens on it."""

    def __init__(self) -> None:
        self._tiles = Tiles()

    def paint(
        self, worlds: "RoadWorlds", world: int, agent: int, overlay: Mapping[str, Any], caption: str
    ) -> np.ndarray:
        """One world as `agent` lives through it, uint8 [height width 3]."""
        return paint(scene_of(worlds, world, agent, overlay, caption), self._tiles)


def scene_of(worlds: "RoadWorlds", world: int, agent: int, overlay: Mapping[str, Any], caption: str) -> Scene:
    """One world as `agent` lives through it."""
    state, config, network = worlds.state, worlds.config, worlds.network(world)
    sees = "occupancy" in config.observe
    steps = int(state.worlds["steps"][world])
    facts = [f"level {int(state.worlds['level'][world])}", network.name, f"{steps * STEP_SECONDS:.1f} s"]
    return Scene(
        network=network,
        actors=state.actors[world],
        ego=agent,
        agent=state.agents[world, agent],
        num_agents=state.agents.shape[1],
        steps=steps,
        signals=signal_colours(worlds, world),
        view=worlds.view(world, agent) if sees else None,
        channels=tuple(worlds.channels),
        extent=config.extent,
        caption="  ".join(fact for fact in (caption or type(worlds).__name__, *facts) if fact),
        status=_status(worlds, world, agent),
        overlay=overlay,
    )


def signal_colours(worlds: "RoadWorlds", world: int) -> Int64[np.ndarray, " signal"]:
    """What each signal of a world shows now."""
    roads, slot = worlds.pool.roads, int(worlds.slot[world])
    time = int(worlds.state.worlds["steps"][world]) * STEP_SECONDS
    count = int(roads.counts["signals"][slot])
    return np.array([colour(roads, slot, signal, time) for signal in range(count)], dtype=np.int64)


def _status(worlds: "RoadWorlds", world: int, agent: int) -> str:
    output, judged = worlds.output, worlds.state.agents[world, agent]
    if worlds.state.worlds["steps"][world] == 0:
        return "running"
    if not output.terminated[world, agent]:
        return "timeout" if output.truncated[world, agent] else "running"
    if output.metrics[world, agent, 0] > 0:
        return "success"
    if judged["collisions"]:
        return "collision"
    return "off road" if judged["off_road"] else "ended"
