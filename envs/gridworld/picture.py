"""From a batch of grid worlds to the scene the renderer draws."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.gridworld.render import Scene, paint
from envs.kernels.grid_views import in_sight

if TYPE_CHECKING:
    from envs.gridworld.worlds import GridWorlds

TRACE_LENGTH = 4096


class Painter:
    """Draws worlds, and remembers where each agent was seen before: the state itself keeps no past."""

    def __init__(self) -> None:
        self._traces: dict[tuple[int, int], tuple[int, int, list[tuple[int, int]]]] = {}

    def paint(
        self, worlds: "GridWorlds", world: int, agent: int, overlay: Mapping[str, Any], caption: str
    ) -> np.ndarray:
        """One world as `agent` lives through it, uint8 [height width 3]."""
        state, config = worlds.state, worlds.config
        controlled = np.zeros(config.num_actors, np.bool_)
        controlled[agent] = True
        has_terrain = len(config.terrain_costs) > 0
        scene = Scene(
            obstacle=state.blocked[world],
            cells=state.cell[world],
            goals=state.goal[world],
            active=state.active[world].astype(np.bool_),
            controlled=controlled,
            terrain=state.terrain[world] if has_terrain else None,
            terrain_names=config.channels[3 : 3 + len(config.terrain_costs)],
            trace=self._trace(worlds, world, agent),
            visible=visible_cells(worlds, world, agent),
            caption="  ".join([caption or type(worlds).__name__, *self._facts(worlds, world, agent)]),
            status=self._status(worlds, world, agent),
            overlay=_in_the_world(overlay, worlds, world, agent),
        )
        return paint(scene)

    def _trace(self, worlds: "GridWorlds", world: int, agent: int) -> np.ndarray:
        state = worlds.state
        step, episode = int(state.steps[world]), int(state.episode[world])
        last_step, last_episode, cells = self._traces.get((world, agent), (-1, -1, []))
        if step <= last_step or episode != last_episode:
            cells = cells if (step, episode) == (last_step, last_episode) else []
        if step != last_step or not cells:
            row, col = state.cell[world, agent].tolist()
            cells = [*cells, (row, col)][-TRACE_LENGTH:]
        self._traces[world, agent] = (step, episode, cells)
        return np.array(cells, np.int64)

    def _facts(self, worlds: "GridWorlds", world: int, agent: int) -> list[str]:
        state = worlds.state
        cost = float(state.path_cost[world, agent])
        return [f"level {int(state.level[world])}", f"step {int(state.steps[world])}", f"path cost {cost:.1f}"]

    def _status(self, worlds: "GridWorlds", world: int, agent: int) -> str:
        output = worlds.output
        if output.truncated[world, agent]:
            return "timeout"
        if not output.terminated[world, agent]:
            return "running"
        return "success" if output.metrics[world, agent, 0] > 0 else "collision"


def visible_cells(worlds: "GridWorlds", world: int, agent: int) -> np.ndarray | None:
    """Which cells the agent's view holds and is not denied, bool [row col]; None for the full view."""
    config, state = worlds.config, worlds.state
    if config.view == "full":
        return None
    blocked = state.blocked[world]
    row, col = state.cell[world, agent].tolist()
    rows, cols = np.indices(blocked.shape)
    visible = np.maximum(abs(rows - row), abs(cols - col)) <= config.radius
    if config.occlusion:
        for to_row, to_col in np.argwhere(visible).tolist():
            visible[to_row, to_col] = in_sight(blocked, row, col, to_row, to_col)
    return visible


def _in_the_world(overlay: Mapping[str, Any], worlds: "GridWorlds", world: int, agent: int) -> dict[str, Any]:
    """Maps that an agent drew over its egocentric window, laid where the window lies; nan around them."""
    radius = worlds.config.radius
    if worlds.config.view == "full" or "value_map" not in overlay:
        return dict(overlay)
    rows, cols = worlds.config.shape
    padded = np.full((rows + 2 * radius, cols + 2 * radius), np.nan)
    row, col = worlds.state.cell[world, agent].tolist()
    padded[row : row + 2 * radius + 1, col : col + 2 * radius + 1] = overlay["value_map"]
    return {**overlay, "value_map": padded[radius:-radius, radius:-radius]}
