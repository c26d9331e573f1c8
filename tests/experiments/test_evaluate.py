import json

import gymnasium
import numpy as np
import pytest
from stable_baselines3.common.evaluation import evaluate_policy
from worlds_for_tests import write_files

import agents
from experiments.environments import make_env, split_levels
from experiments.evaluate import evaluate, json_files
from experiments.statistics import compare_paired

SMALL = {"size": 8}
SLIPPERY = {"size": 8, "slip": 0.3}


@pytest.fixture(scope="module")
def env():
    return make_env("GridNav-v0", SMALL)


@pytest.fixture(scope="module")
def found(env):
    return evaluate("random", env, episodes=40, progress=False)


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_the_json_has_exactly_the_promised_keys(found, tmp_path):
    text = found.save(tmp_path / "deep" / "results.json").read_text()
    content = json.loads(text, parse_constant=refuse)
    metrics = ["success", "score", "collisions", "path_cost", "path_ratio"]
    assert list(content) == ["env", "agent", "split", "episodes", "summary"]
    assert content["env"] == "crossroads/GridNav-v0"
    assert content["agent"] == "random"
    assert content["split"] == "test"
    assert len(content["episodes"]) == 40
    for episode in content["episodes"]:
        assert set(episode) == {"level", "return", "length", *metrics}
        assert isinstance(episode["level"], int)
        assert isinstance(episode["length"], int)
    assert set(content["summary"]) == {"return", "length", *metrics, "latency_ms"}
    assert set(content["summary"].pop("latency_ms")) == {"p50", "p95"}
    assert all(set(interval) == {"mean", "low", "high"} for interval in content["summary"].values())


def test_what_does_not_exist_is_null_in_json_and_left_out_of_means(found):
    episodes = found.as_dict()["episodes"]
    failed = [episode for episode in episodes if not episode["success"]]
    assert 0 < len(failed) < 40
    assert all(episode["path_ratio"] is None for episode in failed)
    ratios = [episode["path_ratio"] for episode in episodes if episode["success"]]
    assert found.summary["path_ratio"].mean == pytest.approx(np.mean(ratios))


def test_levels_are_the_first_of_the_split(found, env):
    assert found.values("level").tolist() == [2_000_000_000 + k for k in range(40)]
    assert split_levels(env, "validation", 2) == [1_000_000_000, 1_000_000_001]
    assert split_levels(make_env("GridNav-v0", {"num_levels": 3}), "train", 10) == [0, 1, 2]
    assert len(split_levels(make_env("GridNav-v0", {"num_levels": 3}), "test", 10)) == 10


def test_listed_levels_are_the_ids_of_the_split(tmp_path):
    write_files(tmp_path)
    files = {"map": str(tmp_path / "small.map"), "scenario": str(tmp_path / "small.scen")}
    env = make_env("GridMap-v0", files)
    assert split_levels(env, "test", 100) == [9]
    assert split_levels(env, "train", 100) == [0, 1, 2, 3, 4, 5, 6, 7, 10, 11]
    oracle = evaluate("oracle", env, split="train", progress=False)
    assert oracle.values("level").tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 10, 11]
    assert oracle.summary["success"].mean == 1.0


def test_two_agents_meet_the_same_levels(env):
    oracle, random = (evaluate(name, env, episodes=30, progress=False) for name in ("oracle", "random"))
    columns = [{name: each.values(name) for name in ("level", "success", "score")} for each in (oracle, random)]
    difference = compare_paired(*columns)
    assert difference.success.mean == pytest.approx(1.0 - random.summary["success"].mean)
    assert difference.success_p_value < 1e-3
    assert difference.score.low > 0


def test_evaluation_is_repeatable_and_leaves_the_environment_alone():
    env = make_env("GridNav-v0", SLIPPERY)
    env.reset(seed=5)
    before = env.unwrapped.get_state()
    first, second, narrow = (evaluate("oracle", env, episodes=30, num_envs=n, progress=False) for n in (128, 128, 7))
    assert first.episodes == second.episodes == narrow.episodes
    for name, array in before._asdict().items():
        np.testing.assert_array_equal(array, getattr(env.unwrapped.get_state(), name))
    assert evaluate("oracle", env, episodes=30, seed=1, progress=False).episodes != first.episodes


class Playlist(gymnasium.Wrapper):
    """Levels one after the other, whoever resets."""

    def __init__(self, env, levels):
        super().__init__(env)
        self.levels = iter(levels)

    def reset(self, *, seed=None, options=None):
        level = next(self.levels, 0)
        return self.env.reset(seed=level, options={"level": level})


@pytest.mark.filterwarnings("ignore:Evaluation environment is not wrapped")
@pytest.mark.parametrize("arguments", [SMALL, SLIPPERY], ids=["sure", "slippery"])
def test_stable_baselines3_finds_the_same_returns_and_lengths(arguments):
    env = make_env("GridNav-v0", arguments)
    ours = evaluate("oracle", env, episodes=20, progress=False)
    playlist = Playlist(env, [int(level) for level in ours.values("level")])
    returns, lengths = evaluate_policy(
        agents.make("oracle", playlist), playlist, n_eval_episodes=20, return_episode_rewards=True
    )
    np.testing.assert_allclose(returns, ours.values("return"), rtol=1e-5)
    assert lengths == ours.values("length").tolist()


def test_the_table_names_everything_that_was_measured(found):
    text = str(found)
    assert text.startswith("random on GridNav-v0, 40 test levels")
    for name in found.names:
        assert name in text
    assert found.latency_ms.p50 <= found.latency_ms.p95
    assert "p95" in text


def test_unknown_names_get_the_nearest(found, env):
    with pytest.raises(ValueError, match="Did you mean 'success'"):
        found.values("sucess")
    with pytest.raises(ValueError, match="Did you mean 'oracle'"):
        evaluate("orcale", env)
    with pytest.raises(ValueError, match="Did you mean 'test'"):
        evaluate("oracle", env, split="tests")
    with pytest.raises(ValueError, match="episodes >= 1"):
        evaluate("oracle", env, episodes=0)


def test_several_agents_write_a_file_each(tmp_path):
    assert json_files(tmp_path / "x.json", ["oracle"]) == [tmp_path / "x.json"]
    names = [path.name for path in json_files(tmp_path / "x.json", ["oracle", "dagger runs/a"])]
    assert names == ["x-oracle.json", "x-dagger-runs-a.json"]
