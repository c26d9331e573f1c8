"""`crossroads forecasts`: the two that know no more than now, agents that forecast, and those that do not."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import agents
from agents.planning.futures import FutureBatch
from agents.planning.occupancy_labels import future_occupancy_labels
from agents.social.actor_samples import ActorSamples
from experiments.cli import main
from experiments.environments import make_env
from experiments.forecasters import YARDSTICKS, believed, learned, moved_on
from experiments.forecasts import Args, measure

CONFIG = SimpleNamespace(trajectory_dt=0.5, extent=(16.0, 16.0, 16.0, 16.0), resolution=1.0)


def scene(actors, times=4):
    """One scene with actors (x, y, heading, forward, left velocity, length, width, pedestrian), one absent."""
    rows = [[x, y, np.cos(h), np.sin(h), vx, vy, length, width, p] for x, y, h, vx, vy, length, width, p in actors]
    table = torch.tensor([*rows, [0.0] * 9], dtype=torch.float32)
    mask = torch.tensor([[1.0] * len(rows) + [0.0]])
    steps = 0.5 * torch.arange(1, times + 1)
    where = table[None, :, None, :2] + table[None, :, None, 4:6] * steps[:, None]
    heading = torch.atan2(table[:, 3], table[:, 2])[None, :, None, None].expand(1, -1, times, 1)
    return FutureBatch(
        observation={"actors": table.flatten()[None], "actors_mask": mask},
        expert=torch.zeros(1, times, 3),
        expert_known=torch.ones(1, times, dtype=torch.bool),
        actors=torch.cat([where, heading], dim=-1),
        actors_known=(mask[..., None] > 0).expand(1, -1, times),
        sizes=table[None, :, 6:8],
        are_pedestrians=table[None, :, 8] > 0,
    )


MOVING = [(2.0, 3.0, 0.5, 4.0, -2.0, 4.6, 1.9, 0.0), (-5.0, 0.0, 1.0, 0.5, 1.0, 0.8, 0.8, 1.0)]


def test_those_who_keep_their_velocity_are_foreseen_exactly():
    batch = scene(MOVING)
    truth = future_occupancy_labels(batch, extent=CONFIG.extent, resolution=CONFIG.resolution)
    assert truth[0, :, 0].any()
    np.testing.assert_array_equal(moved_on(batch, CONFIG), truth)


def test_standing_still_is_where_they_are_now():
    batch = scene([(*row[:3], 0.0, 0.0, *row[5:]) for row in MOVING])
    np.testing.assert_array_equal(YARDSTICKS["standing-still"](scene(MOVING), CONFIG), moved_on(batch, CONFIG))


def test_what_is_forecast_does_not_change_with_the_future():
    batch = scene(MOVING)
    other = FutureBatch(**{**vars(batch), "actors": batch.actors + 5.0, "actors_known": ~batch.actors_known})
    for forecast in YARDSTICKS.values():
        np.testing.assert_array_equal(forecast(batch, CONFIG), forecast(other, CONFIG))


def test_everybody_is_measured_on_the_same_held_out_scenes(tmp_path, capsys):
    out = tmp_path / "forecasts.json"
    assert main(["forecasts", "--place", "Merge-v0", "--scenes", "40", "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    found = json.loads(out.read_text())["places"]["Merge-v0"]
    assert found["scenes"] == 40
    assert set(found["forecasts"]) == set(YARDSTICKS)
    moving, still = (found["forecasts"][name] for name in YARDSTICKS)
    for name in ("soft_iou", "auc"):
        values = [moving[f"{name}/vehicles/{second}"]["mean"] for second in (1, 2, 3)]
        assert values == sorted(values, reverse=True), "the further ahead, the harder"
        assert values[0] > still[f"{name}/vehicles/1"]["mean"]
        assert f"{values[0]:.3f}" in shown


def test_agents_are_compared_with_constant_velocity_scene_by_scene(tmp_path, monkeypatch):
    """One that says what constant velocity says differs from it by nothing."""
    env = make_env("Merge-v0", {"observe": ("occupancy", "ego", "route", "actors"), "action": "trajectory"})
    config = env.unwrapped.config
    agent = agents.make("random", env)

    def forecast(observation):
        seen = {key: torch.from_numpy(array) for key, array in observation.items()}
        empty = torch.zeros(len(seen["actors"]), config.horizon, 3)
        known = torch.ones(empty.shape[:2], dtype=torch.bool)
        rest = dict.fromkeys(("actors", "actors_known", "sizes", "are_pedestrians"), known)
        return moved_on(SimpleNamespace(observation=seen, expert=empty, expert_known=known, **rest), config)

    agent.forecast = forecast
    monkeypatch.setattr("agents.load", lambda *_: agent)
    (tmp_path / "any").touch()
    found = measure(Args(checkpoint=(tmp_path / "any",), scenes=16, seconds=(1.0, 4.0)), "Merge-v0")
    assert found["forecasts"]["random"] == found["forecasts"]["constant-velocity"]
    (differences,) = found["difference_from_constant-velocity"].values()
    assert differences["auc/vehicles/1"]["mean"] == 0.0


def test_beliefs_that_are_sure_cover_the_boxes_of_the_labels():
    """All belief in each one's true future: as the labels, but for cells whose centre alone or corner alone is in."""
    batch = scene(MOVING)
    poses = torch.stack([batch.actors, batch.actors + 7.0], dim=2)
    seen = batch.observation["actors"].unflatten(1, (-1, 9))
    none = torch.zeros(1, 3, 2, 4)
    samples = ActorSamples(poses=poses, controls=none[..., :3], speeds=none, seen=seen, mask=batch.actors_known[..., 0])
    company = SimpleNamespace(samples=samples, log_belief=torch.tensor([0.0, -torch.inf]).expand(1, 3, 2))
    found = believed(company, CONFIG)
    truth = moved_on(batch, CONFIG)
    assert found.shape == truth.shape
    assert (found[truth > 0] == 1).all()
    assert 0 < found.sum() < 2 * truth.sum()


def test_an_agent_that_does_not_forecast_is_refused():
    with pytest.raises(ValueError, match=r"'random' does not forecast: it has no method forecast"):
        learned(agents.make("random", make_env("Merge-v0")))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--place", "Merg-v0"], "Did you mean 'Merge-v0'?"),
        (["--seconds", "0.7"], "--seconds: expected multiples of 0.5, got 0.7"),
        (["--checkpoint", "/nowhere"], "/nowhere"),
    ],
)
def test_mistakes_cost_a_line(words, told, capsys):
    assert main(["forecasts", *words]) == 2
    assert told in capsys.readouterr().err.strip().splitlines()[-1]
