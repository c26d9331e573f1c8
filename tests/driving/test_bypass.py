"""A road with two equally good ways: left and right are mirrored, the coin is fair, and both ways are good ones."""

import numpy as np
import pytest
from bitwise import assert_same
from road_worlds import act, begin

from envs.driving.bypass import Bypass
from envs.kernels.road_features import EGO_FEATURES
from envs.kernels.road_score import METRICS
from envs.kernels.road_tracking import KEEP, LANE_LEFT, LANE_RIGHT

MIRRORED = ("steering", "yaw_rate", "offset", "heading_error")
EVERY_KEY = ("occupancy", "ego", "route", "actors")
every_action = pytest.mark.parametrize("action", ["continuous", "trajectory", "meta"])


def open_bypass(num_worlds=1, *, level=0, kind=Bypass, num_agents=1, **arguments):
    worlds = kind(num_worlds, num_agents, **arguments)
    begin(worlds, level)
    return worlds


def play(worlds, choose):
    """Metrics [world] of everybody's first episode, and how far aside each was at every step [step world]."""
    metrics, is_over, aside = np.zeros((worlds.num_worlds, len(worlds.metric_names))), False, []
    while not np.all(is_over):
        before = worlds.output.is_over == 1
        worlds.step(choose())
        ended = ~before & (worlds.output.is_over == 1)
        metrics[ended] = worlds.output.metrics[ended, 0]
        aside.append(worlds.state.agents["path_d"][:, 0].copy())
        is_over = worlds.output.is_over == 1
    return dict(zip(worlds.metric_names, metrics.T, strict=True)), np.array(aside)


class Mirrored(Bypass):
    """The same levels with left and right swapped."""

    def layout(self, level):
        return super().layout(level).mirrored()


def test_a_mirrored_level_looks_mirrored_all_the_way():
    for level in range(3):
        worlds, twin = (open_bypass(level=level, kind=kind, observe=EVERY_KEY) for kind in (Bypass, Mirrored))
        signs = np.where(np.isin(EGO_FEATURES, MIRRORED), -1.0, 1.0)
        for step in range(60):
            seen, mirrored = worlds.first_observation(), twin.first_observation()
            np.testing.assert_allclose(seen["ego"], signs * mirrored["ego"], atol=1e-4)
            routes = seen["route"].reshape(-1, 3), mirrored["route"].reshape(-1, 3)
            np.testing.assert_allclose(routes[0], routes[1] * (1.0, -1.0, -1.0), atol=1e-3)
            flipped = mirrored["occupancy"][..., ::-1]
            for name in ("ego", "vehicles", "vehicles_1"):
                channel = worlds.channels.index(name)
                assert (seen["occupancy"][channel] != flipped[channel]).sum() <= 2
            assert (seen["occupancy"] != flipped).mean() < 0.02, "the map's cells lie where they lie"
            turn = 0.1 * np.sin(0.2 * step)
            act(worlds, 0.1, turn)
            act(twin, 0.1, -turn)


def test_the_standing_vehicle_stands_in_the_middle_lane_before_everybody():
    worlds = open_bypass(100, level=np.arange(100))
    standing = worlds.state.actors[:, -1].copy()
    ahead = standing["lane_s"] - worlds.state.agents["path_s"][:, 0]
    assert (ahead > 50.0).all()
    assert (ahead < 110.0).all()
    for w in range(100):
        own = [lane for lane in range(3) if lane == standing["lane"][w]]
        assert own == [1]
        assert worlds.layout(w).pose(standing["lane_s"][w]) == pytest.approx(
            standing[["x", "y", "heading"]][w].tolist()
        )
    for _ in range(30):
        act(worlds, -0.5, 0.0)
    assert_same(standing[["x", "y", "heading", "speed"]], worlds.state.actors[:, -1][["x", "y", "heading", "speed"]])
    past = worlds.state.history[:, :, -1]
    assert (past["x"] == standing["x"][:, None]).all()


def test_before_the_beginning_everybody_drove_straight_on():
    worlds = open_bypass(20, level=np.arange(20))
    actors, past = worlds.state.actors, worlds.state.history
    for frame in range(worlds.config.history):
        way = 0.1 * (frame + 1) * actors["speed"]
        np.testing.assert_allclose(np.hypot(past["x"][:, frame] - actors["x"], past["y"][:, frame] - actors["y"]), way)
    assert (actors["speed"][:, 0] > 8.0).all()
    assert (actors["speed"][:, 1] == 0.0).all()


@pytest.mark.parametrize("level", [np.arange(100), 7], ids=["many levels", "one level"])
def test_the_coin_is_fair_and_thrown_anew_for_every_seed_and_every_episode(level):
    worlds, coins = open_bypass(100, level=level, observe=("ego",)), []
    for episode in range(100):
        worlds.state.worlds["episode"] = episode
        coins.append(worlds.coins())
    assert set(np.ravel(coins)) == {-1.0, 1.0}
    assert abs(np.sum(coins)) < 4.5 * np.sqrt(100 * 100)
    for axis in (0, 1):
        alike = np.mean(coins, axis=axis)
        assert (np.abs(alike) < 0.5).all(), "no seed and no episode that always goes one way"
        assert abs(np.var(alike) - 0.01) < 4.5 * 0.01 * np.sqrt(2 / 100), "as many that mostly do as chance allows"


def test_the_coin_is_in_no_observation():
    worlds = open_bypass(64, level=3, observe=EVERY_KEY)
    assert len(set(worlds.coins())) == 2
    for _ in range(40):
        for seen in worlds.observation().values():
            assert_same(seen, np.broadcast_to(seen[:1], seen.shape))
        act(worlds, 0.0, 0.0)


@every_action
def test_the_oracle_passes_on_the_side_of_its_coin_and_drives_perfectly(action):
    worlds = open_bypass(200, level=np.arange(200), action=action, observe=("ego",))
    coins, lengths = worlds.coins(), []

    def choose():
        going = worlds.output.is_over == 0
        assert_same(worlds.coins()[going], coins[going])
        lengths.append(going)
        return worlds.oracle_action()

    metrics, _ = play(worlds, choose)
    assert (metrics["success"] == 1.0).all()
    assert metrics["score"].min() > 0.99
    assert_same(metrics["mode"], np.where(coins > 0, 0.0, 1.0))
    assert 60 < metrics["mode"].sum() < 140
    seconds = 0.1 * worlds.config.steps_per_action * np.sum(lengths, axis=0)
    assert (seconds > 10.0).all()
    assert (seconds < 19.0).all()


def test_the_oracle_holds_its_speed_and_keeps_to_the_lane_it_chose():
    worlds = open_bypass(60, level=np.arange(60), observe=("ego",))
    coins, begun = worlds.coins(), worlds.state.actors["speed"][:, 0].copy()
    width = np.array([worlds.layout(level).width for level in range(60)])
    slowest = begun.copy()

    def choose():
        going = worlds.output.is_over == 0
        slowest[going] = np.minimum(slowest, worlds.state.actors["speed"][:, 0])[going]
        return worlds.oracle_action()

    _, aside = play(worlds, choose)
    assert (slowest == begun).all()
    assert (np.abs(aside[-1] - coins * width) < 0.1).all()
    assert (aside * coins > -0.1).all(), "never first to the other side"
    assert (np.abs(aside) < width + 0.1).all(), "never too far"


@pytest.mark.parametrize("limit", [4.0, 20.0])
def test_the_oracle_is_as_good_at_any_speed(limit):
    worlds = open_bypass(20, level=np.arange(20), limit=limit, duration=60.0, observe=("ego",))
    metrics, _ = play(worlds, worlds.oracle_action)
    assert (metrics["success"] == 1.0).all()
    assert metrics["score"].min() > 0.95


def test_whoever_is_pushed_off_finds_back():
    worlds = open_bypass(100, level=np.arange(100), observe=("ego",))
    rng = np.random.default_rng(0)

    def choose():
        actions = worlds.oracle_action()
        push = rng.normal(0.0, 0.05, actions.shape).astype(np.float32)
        return np.clip(actions + push, -1.0, 1.0)

    metrics, _ = play(worlds, choose)
    assert (metrics["success"] == 1.0).all()


def test_straight_ahead_is_a_collision_of_ones_own_fault():
    worlds = open_bypass(30, level=np.arange(30), action="meta", observe=("ego",))
    metrics, _ = play(worlds, lambda: np.full((30, 1), KEEP))
    assert (metrics["at_fault_collision"] == 1.0).all()
    assert (metrics["success"] == 0.0).all()
    assert np.isnan(metrics["mode"]).all()


def test_who_stands_still_never_passes():
    worlds = open_bypass(6, level=np.arange(6), duration=8.0, observe=("ego",))
    metrics, _ = play(worlds, lambda: np.tile(np.float32((-0.5, 0.0)), (6, 1, 1)))
    assert (metrics["collision"] == 0.0).all()
    assert (metrics["success"] == 0.0).all()
    assert np.isnan(metrics["mode"]).all()


@pytest.mark.parametrize(("first", "back", "mode"), [(LANE_LEFT, LANE_RIGHT, 0.0), (LANE_RIGHT, LANE_LEFT, 1.0)])
def test_the_mode_is_the_side_on_which_it_was_passed_whatever_comes_after(first, back, mode):
    worlds = open_bypass(30, level=np.arange(30), action="meta", observe=("ego",))

    def choose():
        agents = worlds.state.agents
        has_passed = agents["path_s"] > worlds.state.actors["lane_s"][:, -1:] + 15.0
        wanted = np.where(has_passed, 0.0, 1.0 if first == LANE_LEFT else -1.0)
        now = np.round(agents["target_d"] / 3.5)
        return np.where(now == wanted, KEEP, np.where(has_passed, back, first))

    metrics, aside = play(worlds, choose)
    assert (metrics["mode"] == mode).all()
    assert (metrics["success"] == 1.0).all()
    assert (np.abs(aside[-1]) < 1.0).all(), "back in the middle lane"


def test_who_has_passed_is_part_of_the_state():
    worlds, fresh = (open_bypass(8, level=np.arange(8), observe=("ego",)) for _ in range(2))
    for _ in range(95):
        worlds.step(worlds.oracle_action())
    state = worlds.get_state()
    assert (state.passed != 0).all()
    fresh.set_state(state)
    assert_same(state, fresh.get_state())
    assert_same(fresh.output.metrics[:, 0, -1], worlds.output.metrics[:, 0, -1])
    fresh.begin(np.arange(8) < 4, np.arange(8))
    assert (fresh.get_state().passed[:4] == 0).all()
    assert_same(fresh.get_state().passed[4:], state.passed[4:])


def test_the_plan_is_the_trajectory_and_the_trajectory_is_driven():
    worlds = open_bypass(action="trajectory", level=5, horizon=6)
    for _ in range(60):
        plan, action = worlds.driver_plan("oracle"), worlds.oracle_action()
        np.testing.assert_allclose(plan[4:30:5], action[0, 0], atol=0.05)
        assert np.abs(plan[0, 1]) < 0.1
        assert np.hypot(*plan[0, :2]) == pytest.approx(0.1 * worlds.state.actors["speed"][0, 0], abs=0.02)
        worlds.step(action)
    x, y, heading = (worlds.state.actors[name][0, 0] for name in ("x", "y", "heading"))
    plan = worlds.driver_plan("oracle")[9]
    for _ in range(10):
        worlds.step(worlds.oracle_action())
    east, north = worlds.state.actors["x"][0, 0] - x, worlds.state.actors["y"][0, 0] - y
    reached = (east * np.cos(heading) + north * np.sin(heading), north * np.cos(heading) - east * np.sin(heading))
    assert reached == pytest.approx(plan[:2], abs=0.15)


def test_a_convoy_passes_on_one_side():
    worlds = open_bypass(40, level=np.arange(40), num_agents=3, observe=("ego",))
    assert worlds.config.num_actors == 4
    modes = np.full((40, 3), np.nan)
    while not (worlds.output.is_over == 1).all():
        worlds.step(worlds.oracle_action())
        modes = worlds.output.metrics[..., -1].copy()
    success = worlds.output.metrics[..., METRICS.index("success")]
    assert success.mean() > 0.95
    expected = np.where(worlds.coins() > 0, 0.0, 1.0)[:, None]
    assert ((modes == expected) | np.isnan(modes)).mean() > 0.95
