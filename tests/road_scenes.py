"""One controlled vehicle put where a test wants it, step by step, and judged.

scene = Scene(straight_road(), others=1)
scene.put(1, x=30.0, speed=0.0)
scene.step(x=25.0, speed=5.0)
scene.metrics()["ttc"]
"""

import numpy as np
from road_levels import world_on

from envs.kernels.compilation import kernel
from envs.kernels.road_lines import project_path
from envs.kernels.road_records import VEHICLE
from envs.kernels.road_score import METRICS, begin_score, finish_score, judge


@kernel
def _begin(state, rule_table, roads, scratch):
    _project(state, roads, scratch)
    me = state.agents[0, 0]
    me.begin_s, me.furthest_s = me.path_s, me.path_s
    begin_score(state, rule_table[0], roads, scratch, 0, 0)


@kernel
def _judge(state, rule_table, roads, scratch):
    state.worlds[0].steps += 1
    _project(state, roads, scratch)
    judge(state, rule_table[0], roads, scratch, 0, 0)


@kernel
def _project(state, roads, scratch):
    me, actor = state.agents[0, 0], state.actors[0, 0]
    slot = scratch.slot[0]
    s, d, index = project_path(roads, slot, me.route, actor.x, actor.y, me.index, 10**6)
    me.path_s, me.path_d, me.index = s, d, index
    me.furthest_s = max(me.furthest_s, s)


@kernel
def _finish(state, rule_table, metrics):
    finish_score(state, rule_table[0], 0, 0, metrics)


class Scene:
    """A world of one agent, on route 0 of a network, that stands at the origin until told otherwise."""

    def __init__(self, network, *, others=0, route=0, **rules):
        self.state, self.rules, self.roads, self.scratch = world_on(network, num_actors=1 + others, **rules)
        self.ego, self.agent = self.state.actors[0, 0], self.state.agents[0, 0]
        self.agent.active, self.agent.route, self.agent.expert_progress = 1, route, 100.0
        self.put(0, x=5.0)

    def put(self, i, **fields):
        """Make actor i a standing vehicle but for these fields."""
        actor = self.state.actors[0, i]
        plain = {"kind": VEHICLE, "x": 0.0, "y": 0.0, "heading": 0.0, "speed": 0.0, "length": 4.6, "width": 1.9}
        for name, value in (plain | {"wheelbase": 2.8, "acceleration": 0.0, "yaw_rate": 0.0} | fields).items():
            actor[name] = value
        return actor

    def begin(self, **fields):
        """Begin the score with the ego changed in these fields."""
        self._change(fields)
        _begin(self.state, self.rules, self.roads, self.scratch)
        return self

    def step(self, **fields):
        """Judge one step after which the ego has these fields."""
        self._change(fields)
        _judge(self.state, self.rules, self.roads, self.scratch)
        return self

    def metrics(self):
        values = np.full(len(METRICS), np.nan)
        _finish(self.state, self.rules, values)
        return dict(zip(METRICS, values.tolist(), strict=True))

    def _change(self, fields):
        for name, value in fields.items():
            self.ego[name] = value
