"""The arrays of a batch of road worlds; the world axis leads."""

from typing import NamedTuple

import numpy as np

from envs.kernels.road_records import ACTOR, AGENT, PLAN_LANES, POSE, WORLD


class RoadState(NamedTuple):
    """All that is needed to go on; the roads follow from the level. ``state.actors["x"]`` is [world actor]."""

    worlds: np.ndarray  # WORLD [world]
    actors: np.ndarray  # ACTOR [world actor], the controlled ones first
    agents: np.ndarray  # AGENT [world agent]
    history: np.ndarray  # POSE [world frame actor], frame 0 is the last step's
    hits: np.ndarray  # uint8 [world agent actor], 1: they have collided already


class RoadScratch(NamedTuple):
    """Working memory of one thread."""

    slot: np.ndarray  # int32 [world], which slot of the pool each world plays on (shared by all threads)
    presence_actor: np.ndarray  # int32 [presence], who is on which lanes now
    presence_lane: np.ndarray  # int32 [presence]
    presence_s: np.ndarray  # float64 [presence]
    presence_d: np.ndarray  # float64 [presence]
    presence_speed: np.ndarray  # float64 [presence], along the lane
    num_presences: np.ndarray  # int32 [1]
    hold_actor: np.ndarray  # int32 [hold], who is on, or on the way to, lanes that share ground with others
    hold_lane: np.ndarray  # int32 [hold]
    hold_s: np.ndarray  # float64 [hold], negative on the way there
    hold_ticket: np.ndarray  # int64 [hold], as in ACTOR; the largest number: none
    num_holds: np.ndarray  # int32 [1]
    offsets: np.ndarray  # float64 [plan], where the lanes of one actor's plan begin, from its centre [m]
    advice: np.ndarray  # float64 [actor 2], what the rules of the road say: acceleration, gap to the next stop
    keys: np.ndarray  # float64 [actor], what `order` is sorted by
    starved: np.ndarray  # uint8 [actor], 1: others must let it go first
    command: np.ndarray  # float64 [actor 2], accelerations [m/s^2] and steering or lateral wishes of this step
    order: np.ndarray  # int32 [actor]
    facings: np.ndarray  # float64 [actor 2], cosine and sine of the heading
    numbers: np.ndarray  # float64 [256]
    bytes: np.ndarray  # uint8 [rows * cols], of a view
    cells: np.ndarray  # int32 [rows * cols], where in the raster they lie


PRESENCES = 12
"""Lanes that one actor may be on at once."""


def new_state(num_worlds: int, num_actors: int, num_agents: int, history: int) -> RoadState:
    """Worlds before their first episode."""
    state = RoadState(
        worlds=np.zeros(num_worlds, WORLD),
        actors=np.zeros((num_worlds, num_actors), ACTOR),
        agents=np.zeros((num_worlds, num_agents), AGENT),
        history=np.zeros((num_worlds, history, num_actors), POSE),
        hits=np.zeros((num_worlds, num_agents, num_actors), np.uint8),
    )
    state.worlds["episode"] = -1
    state.worlds["level"] = -1
    return state


def new_scratch(slot: np.ndarray, num_actors: int, cells: int) -> RoadScratch:
    """Working memory for worlds of so many actors and views of so many cells."""
    presences = num_actors * PRESENCES
    return RoadScratch(
        slot=slot,
        presence_actor=np.zeros(presences, np.int32),
        presence_lane=np.zeros(presences, np.int32),
        presence_s=np.zeros(presences),
        presence_d=np.zeros(presences),
        presence_speed=np.zeros(presences),
        num_presences=np.zeros(1, np.int32),
        hold_actor=np.zeros(presences, np.int32),
        hold_lane=np.zeros(presences, np.int32),
        hold_s=np.zeros(presences),
        hold_ticket=np.zeros(presences, np.int64),
        num_holds=np.zeros(1, np.int32),
        offsets=np.zeros(PLAN_LANES),
        advice=np.zeros((num_actors, 2)),
        keys=np.zeros(num_actors),
        starved=np.zeros(num_actors, np.uint8),
        command=np.zeros((num_actors, 2)),
        order=np.zeros(num_actors, np.int32),
        facings=np.zeros((num_actors, 2)),
        numbers=np.zeros(256),
        bytes=np.zeros(cells, np.uint8),
        cells=np.zeros(cells, np.int32),
    )


class RoadOutput(NamedTuple):
    """What the last step was worth; the faces copy from here."""

    reward: np.ndarray  # float64 [world agent]
    reward_terms: np.ndarray  # float64 [world agent term]
    terminated: np.ndarray  # uint8 [world agent]
    truncated: np.ndarray  # uint8 [world agent]
    is_over: np.ndarray  # uint8 [world], every agent's episode has ended
    metrics: np.ndarray  # float64 [world agent metric]


def new_output(num_worlds: int, num_agents: int, num_terms: int, num_metrics: int) -> RoadOutput:
    """Nothing has happened yet, and every world waits for its first episode."""
    per_agent = (num_worlds, num_agents)
    return RoadOutput(
        reward=np.zeros(per_agent),
        reward_terms=np.zeros((*per_agent, num_terms)),
        terminated=np.zeros(per_agent, np.uint8),
        truncated=np.zeros(per_agent, np.uint8),
        is_over=np.ones(num_worlds, np.uint8),
        metrics=np.zeros((*per_agent, num_metrics)),
    )


def check_places(state: RoadState) -> None:
    """Raise ``ValueError`` for a state in which somebody is nowhere: NaN or infinite positions or speeds."""
    for name in ("x", "y", "heading", "speed"):
        wrong = ~np.isfinite(state.actors[name])
        if wrong.any():
            world, actor = (int(i) for i in np.argwhere(wrong)[0])
            found = state.actors[name][world, actor]
            raise ValueError(f"State field 'actors': {name} of actor {actor} in world {world} is {found}.")


REFERENCES = {
    "actors": {
        **dict.fromkeys(("lane", "old_lane", "granted", "plan", "behind"), "lanes"),
        "crosswalk": "crosswalks",
        "track": "tracks",
    },
    "agents": {"route": "routes"},
}
"""Fields of a state that are numbers of something that belongs to the roads; -1, but for routes, is none."""


def check_references(state: RoadState, counts: np.ndarray) -> None:
    """Raise ``ValueError`` for a state that names lanes, routes, ... beyond `counts` (COUNTS [world])."""
    for array, fields in REFERENCES.items():
        least = 0 if array == "agents" else -1
        for name, of in fields.items():
            found = getattr(state, array)[name]
            most = np.maximum(counts[of] - 1, least).reshape(-1, *(1,) * (found.ndim - 1))
            wrong = (found < least) | (found > most)
            # Who never entered a place, and has all fields 0, is nobody's concern.
            wrong[(found == 0) & (most < 0)] = False
            if wrong.any():
                world, who, *_ = where = tuple(int(i) for i in np.argwhere(wrong)[0])
                expected = f"{least} to {int(most.ravel()[world])}"
                place = f"{name} of {array[:-1]} {who} in world {world}"
                raise ValueError(f"State field {array!r}: {place} is {found[where]}: expected {expected}.")
