"""The expert of Bypass-v0: a smooth change to the lane beside the standing vehicle, ended well before it.

Where it wants to be is a lateral offset from the middle lane that rises with the way s along it by the quintic

    offset(s) = aside u^3 (10 - 15 u + 6 u^2),      u = (s - first) / (last - first) in [0, 1],

so that curvature is continuous, and which is a function of the place alone: whoever is pushed off finds back. Errors
decay as those of `envs.kernels.road_tracking` do, by which the curvature is that of the offset's line, less
error / reach^2 + 2 lean / reach.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from envs.driving.config import RoadConfig
from envs.kernels.road_tracking import FASTER, KEEP, LANE_LEFT, LANE_RIGHT, SLOWER

Numbers = Float64[np.ndarray, "world agent"]
Timed = Float64[np.ndarray, "world agent time"]

CHANGE_SECONDS = 3.5
"""A change of lanes takes so long at the speed limit."""
SPARE = 5.0
"""Way between the end of the change and the standing vehicle, bumper to bumper [m]."""
REACH, REACH_SECONDS = 4.0, 0.95
"""Errors fall to 1/e within so many metres, or seconds."""
PREVIEW_SECONDS = 0.15
"""The wheels take time to turn: curvature is taken so far ahead."""
MAX_LEAN, MAX_LATERAL = 0.35, 2.5
"""What is spent on reducing a large error: angle [rad] and acceleration aside [m/s^2]."""
GAIN_SECONDS, LOSS_SECONDS = 3.0, 1.0
"""Time constants of speeding up and of slowing down."""
ASTRAY = 0.8
"""Who is so far from where the expert would be, and behind the standing vehicle, slows down [m]."""
STOP_SHORT, TURN_OUT = 2.0, 12.0
"""Gap to the standing vehicle at which one stops, and that which is wanted for turning out at `CRAWL` [m]."""
CRAWL, BRAKING = 2.0, 2.0  # [m/s], [m/s^2]


class Scene(NamedTuple):
    """What the expert knows of each world, [world 1]."""

    limit: Numbers
    width: Numbers
    """Of each lane."""
    bend: Numbers
    """Curvature of the middle lane."""
    heading: Numbers
    """Of the middle lane where it begins."""
    stands_at: Numbers
    coin: Numbers
    """Where to pass: 1.0 on the left, -1.0 on the right."""


class Way(NamedTuple):
    """A change of lanes: offsets from the middle lane as a function of the way along it."""

    first: Numbers
    last: Numbers
    aside: Numbers

    def at(self, s: Timed) -> tuple[Timed, Timed, Timed]:
        """Offset, slope and second derivative at s [world agent time]."""
        first, length, aside = (part[..., None] for part in (self.first, self.last - self.first, self.aside))
        u = np.clip((s - first) / length, 0.0, 1.0)
        rise, bend = 30.0 * (u * (1.0 - u)) ** 2, 60.0 * u * (1.0 - u) * (1.0 - 2.0 * u)
        return aside * u**3 * (10.0 - 15.0 * u + 6.0 * u * u), aside * rise / length, aside * bend / length**2


class Expert:
    """What it does in some worlds now, from the records of their controlled vehicles and of the standing ones.

    ACTOR and AGENT [world agent], ACTOR [world 1].
    """

    def __init__(self, scene: Scene, actors: np.ndarray, agents: np.ndarray, standing: np.ndarray) -> None:
        self.scene, self.actors = scene, actors
        self.s, self.d, self.speed = (
            np.ascontiguousarray(part) for part in (agents["path_s"], agents["path_d"], actors["speed"])
        )
        self.reach = np.maximum(REACH, REACH_SECONDS * self.speed)
        turn = actors["heading"] - (scene.heading + scene.bend * self.s)
        self.lean = (turn + np.pi) % (2.0 * np.pi) - np.pi
        """Heading, as seen from the middle lane's."""
        bumpers = 0.5 * (actors["length"] + standing["length"])
        last = scene.stands_at - bumpers - SPARE
        first = last - CHANGE_SECONDS * scene.limit
        self.way = Way(first, last, self._side(first) * scene.width)
        gap = scene.stands_at - bumpers - self.s
        is_behind = (gap > -2.0 * bumpers) & (abs(self.d) < 0.5 * (actors["width"] + standing["width"]) + 0.3)
        is_astray = abs(self.d - self._wanted(0.0)[0]) > ASTRAY
        most = np.where(gap > STOP_SHORT, CRAWL + np.sqrt(2.0 * BRAKING * np.maximum(gap - TURN_OUT, 0.0)), 0.0)
        self.aim = np.where(is_behind & is_astray, np.minimum(scene.limit, most), scene.limit)
        """Speed."""
        self.settling = np.where(self.aim < self.speed, LOSS_SECONDS, GAIN_SECONDS)

    def _side(self, first: Numbers) -> Numbers:
        """The coin's; that of who is on the other one already, and the lane of who has passed, are kept."""
        lane = np.clip(np.round(self.d / self.scene.width), -1.0, 1.0)
        is_aside = (self.s > first) & (lane != 0.0)
        return np.where(is_aside | (self.s >= self.scene.stands_at), lane, self.scene.coin)

    def _wanted(self, seconds: float) -> list[Numbers]:
        """Offset, slope and second derivative of the way so far ahead."""
        return [part[..., 0] for part in self.way.at((self.s + seconds * self.speed)[..., None])]

    def controls(self) -> tuple[Numbers, Numbers]:
        """Acceleration [m/s^2] and curvature [1/m] now."""
        offset, slope, _ = self._wanted(0.0)
        bend = self.scene.bend / np.maximum(1.0 - self.scene.bend * self.d, 0.2) + self._wanted(PREVIEW_SECONDS)[2]
        most = self.reach * np.minimum(2.0 * MAX_LEAN, MAX_LATERAL * self.reach / np.maximum(self.speed**2, 1.0))
        error = np.clip(self.d - offset, -most, most)
        curvature = bend - error / self.reach**2 - 2.0 * (self.lean - slope) / self.reach
        # The course is heading + slip, and the slip is set by the curvature itself.
        return (self.aim - self.speed) / self.settling, curvature / (1.0 + self.actors["wheelbase"] / self.reach)

    def order(self, target_d: Numbers, target_speed: Numbers, speed_step: float) -> Numbers:
        """The meta action that brings such targets nearer to what is wanted."""
        missing = np.where(self.s + 0.5 * self.speed >= self.way.first, self.way.aside, 0.0) - target_d
        half = 0.5 * self.scene.width
        # Half a step would do, but each of them is uncomfortable.
        steps = np.trunc(0.5 * (self.aim - target_speed) / speed_step)
        speed = np.select([steps < 0, steps > 0], [SLOWER, FASTER], KEEP)
        return np.select([missing > half, missing < -half], [LANE_LEFT, LANE_RIGHT], speed).astype(np.float64)

    def poses(self, times: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "world agent time 3"]:
        """Where it will be, in the frame of each agent now: metres ahead and to the left, heading [rad]."""
        settling = self.settling[..., None]
        way = self.aim[..., None] * times
        way = way + (self.speed - self.aim)[..., None] * settling * (1.0 - np.exp(-times / settling))
        along = way
        for _ in range(2):  # the way aside, and round a bend, is longer or shorter than the middle lane's
            x, y, _ = self._places(along)
            steps = np.hypot(np.diff(x, axis=-1, prepend=0.0), np.diff(y, axis=-1, prepend=0.0))
            along = along * way / np.maximum(np.cumsum(steps, axis=-1), 1e-6)
        x, y, heading = self._places(along)
        cos, sin = np.cos(self.lean)[..., None], np.sin(self.lean)[..., None]
        return np.stack((x * cos + y * sin, y * cos - x * sin, heading - self.lean[..., None]), axis=-1)

    def _places(self, along: Timed) -> tuple[Timed, Timed, Timed]:
        """Poses so far along the middle lane, in the frame of that lane at the agent."""
        offset, slope, _ = self._wanted(0.0)
        wanted, rising, bending = self.way.at(self.s[..., None] + along)
        reach, error = self.reach[..., None], (self.d - offset)[..., None]
        drift = (self.lean + 0.5 * np.tan(self.actors["steering"]) - slope)[..., None] + error / reach
        left, fading = error + drift * along, np.exp(-along / reach)
        d, rising = wanted + left * fading, rising + (drift - left / reach) * fading
        bend = self.scene.bend[..., None]
        turned, chord = bend * along, along * np.sinc(bend * along / (2.0 * np.pi))
        slip = 0.5 * self.actors["wheelbase"][..., None] * (bend + bending)
        x, y = chord * np.cos(0.5 * turned) - d * np.sin(turned), chord * np.sin(0.5 * turned) + d * np.cos(turned)
        return x, y - self.d[..., None], turned + np.arctan(rising / (1.0 - bend * d)) - slip


def answer(expert: Expert, config: RoadConfig, agents: np.ndarray) -> np.ndarray:
    """What an expert does, as actions [world agent ...] of whichever kind the worlds have; `agents`: AGENT records."""
    if config.action == "trajectory":
        return expert.poses(config.trajectory_dt * np.arange(1, config.horizon + 1))
    if config.action == "meta":
        return expert.order(agents["target_d"], agents["target_speed"], config.speed_step)
    acceleration, curvature = expert.controls()
    sine = np.clip(0.5 * curvature * expert.actors["wheelbase"], -0.98, 0.98)
    steering = np.arctan(2.0 * sine / np.sqrt(1.0 - sine * sine))
    shares = (acceleration / config.max_acceleration, steering / config.max_steering)
    return np.clip(np.stack(shares, axis=-1), -1.0, 1.0)
