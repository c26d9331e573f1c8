"""Experience is what the simulator does: its actions, done again, lead to its frames."""

import gymnasium
import numpy as np
import pytest
from bitwise import assert_same

import envs  # noqa: F401 - registers the ids
from agents.experience import Mix, collect_experience
from agents.experience.mix import BEHAVIOURS, BRANCH, NOISY, ORACLE, RANDOM, Shares
from agents.experience.moments import moment_of
from agents.experience.noise import ColouredNoise
from envs.core.batched import vector_like

SMALL = {"num_levels": 8, "num_actors": 6, "extent": (26.0, 10.0, 18.0, 18.0), "history": 2, "duration": 12.0}
WORLDS = {
    "roads": ("Intersection-v0", {**SMALL, "repeat": 5, "observe": ("occupancy", "ego", "route", "actors")}),
    "maneuvers": ("Highway-v0", {**SMALL, "action": "meta", "observe": ("ego", "route")}),
    "grid": ("GridNav-v0", {"size": 9, "observe": ("occupancy", "ego")}),
    "traffic": ("GridCrowd-v0", {"size": 12, "num_actors": 5, "slip": 0.2, "wait": True}),
    "particle": ("Particle-v0", {"max_steps": 20}),
}
MIX = Mix(branch_steps=4)
STEPS = 200


def open_env(world):
    name, arguments = WORLDS[world]
    return gymnasium.make(f"crossroads/{name}", **arguments)


@pytest.fixture(scope="module")
def collected():
    """Function world -> (env, experience), made once."""
    made = {}

    def get(world):
        if world not in made:
            env = open_env(world)
            made[world] = env, collect_experience(env, steps=STEPS, seed=2, num_envs=4, mix=MIX, progress=False)
        return made[world]

    return get


def frames_of(experience, episode):
    """Everything that is kept of an episode's frames."""
    first = int((experience.lengths[:episode] + 1).sum())
    places = experience._places[first : first + experience.lengths[episode] + 1]
    return {name: column.take(places) for name, column in experience.columns.items()}


def replay(worlds, experience, episode):
    """Go through an episode again; returns its frames, rewards and ends."""
    facts = {name: int(array[episode]) for name, array in experience.facts.items()}
    if facts["parent"] < 0:
        observation, _ = worlds.reset(seed=facts["seed"])
    else:
        before = frames_of(experience, facts["parent"])["actions"][: facts["parent_step"]]
        observation, _ = worlds.reset(seed=int(experience.facts["seed"][facts["parent"]]))
        for action in before:
            observation, *_ = worlds.step(action[None])
    assert worlds.worlds.level[0] == facts["level"]
    frames, came = [moment_of(worlds, observation)], []
    for action in frames_of(experience, episode)["actions"][:-1]:
        observation, reward, terminated, truncated, _ = worlds.step(action[None])
        frames.append(moment_of(worlds, observation))
        came.append((reward.astype(np.float32)[0], terminated[0], truncated[0]))
    return {name: np.concatenate([moment[name] for moment in frames]) for name in frames[0]}, came


@pytest.mark.parametrize("world", WORLDS)
def test_recorded_actions_lead_to_the_recorded_frames_to_the_last_bit(collected, world):
    env, experience = collected(world)
    worlds = vector_like(env, 1, autoreset_mode="DISABLED")
    chosen = [np.flatnonzero(experience.facts["behaviour"] == k)[:2] for k in range(len(BEHAVIOURS))]
    for episode in np.concatenate(chosen):
        kept, (frames, came) = frames_of(experience, episode), replay(worlds, experience, episode)
        assert_same(frames, {name: kept[name] for name in frames})
        assert_same(np.array([reward for reward, *_ in came]), kept["rewards"][:-1])
        assert_same(np.array([terminated for _, terminated, _ in came]), kept["terminated"][:-1])
        assert not any(ended or cut for _, ended, cut in came[:-1])


@pytest.mark.parametrize("world", WORLDS)
def test_last_frames_have_no_action(collected, world):
    _, experience = collected(world)
    for episode in range(len(experience.lengths)):
        kept = frames_of(experience, episode)
        assert not kept["actions"][-1].any()
        assert not kept["terminated"][-1]
        assert not kept["terminated"][:-2].any()


def test_what_is_to_go_falls_by_what_is_paid_on_the_shortest_path(collected):
    _, experience = collected("grid")
    for episode in np.flatnonzero(experience.facts["behaviour"] == ORACLE)[:-4]:
        kept = frames_of(experience, episode)
        paid = kept["to_go"][:-1] - kept["to_go"][1:]
        assert np.isclose(paid[:, None], [1.0, np.sqrt(2)], atol=1e-5).any(axis=1).all()
        if kept["terminated"][-2]:
            assert kept["to_go"][-1] == 0.0


def test_on_roads_it_is_the_way_to_the_goal(collected):
    _, experience = collected("roads")
    windows = experience.windows(np.arange(len(experience)), 2)
    np.testing.assert_allclose(windows.to_go, windows.observation["ego"][..., 7], rtol=1e-6)


def test_branches_leave_episodes_as_they_would_have_been():
    env = open_env("grid")
    with_branches, without = (
        collect_experience(env, steps=150, num_envs=2, mix=Mix(branches=share, branch_steps=3), progress=False)
        for share in (0.3, 0.0)
    )
    ways = [
        [frames_of(some, k)["actions"] for k in np.flatnonzero(some.facts["behaviour"] != BRANCH)[:-2]]
        for some in (with_branches, without)
    ]
    assert len(ways[0]) > 5
    for one, other in zip(*ways, strict=False):
        common = min(len(one), len(other)) - 1  # of those that were cut short
        assert_same(one[:common], other[:common])


def test_equal_seeds_give_equal_experience_and_others_do_not(collected):
    env, experience = collected("traffic")
    again, other = (
        collect_experience(env, steps=STEPS, seed=seed, num_envs=4, mix=MIX, progress=False) for seed in (2, 3)
    )
    assert_same(again.arrays(), experience.arrays())
    assert not set(other.levels) & set(experience.levels)


def test_levels_are_of_the_training_split():
    env = gymnasium.make("crossroads/GridNav-v0", size=6, split="test")
    experience = collect_experience(env, steps=30, num_envs=3, progress=False)
    assert (experience.levels < 1_000_000_000).all()


def test_a_branch_starts_where_its_episode_was(collected):
    _, experience = collected("roads")
    branches = np.flatnonzero(experience.facts["behaviour"] == BRANCH)
    assert len(branches) > 3
    for episode in branches:
        parent, step = experience.facts["parent"][episode], experience.facts["parent_step"][episode]
        start, there = frames_of(experience, episode), frames_of(experience, parent)
        for name in set(start) - {"actions", "rewards", "terminated"}:
            assert_same(start[name][0], there[name][step])
        assert experience.lengths[episode] <= MIX.branch_steps


def test_steps_are_shared_as_they_should_be():
    mix = Mix(random=0.2, oracle=0.3, noisy=0.3, branches=0.2, branch_steps=3)
    found = collect_experience(open_env("grid"), steps=1500, num_envs=5, mix=mix, progress=False)
    shares = np.bincount(found.facts["behaviour"], found.lengths, minlength=4) / len(found)
    np.testing.assert_allclose(shares, mix.shares, atol=0.06)


def test_an_only_behaviour_is_alone():
    assert Shares(Mix(random=0, oracle=0, noisy=1, branches=0)).next(np.zeros(0, np.int64), 4).tolist() == [NOISY] * 4
    even = Shares(Mix(random=1, oracle=1, noisy=1, branches=1)).next(np.zeros(0, np.int64), 6)
    assert sorted(even.tolist()) == [RANDOM, RANDOM, ORACLE, ORACLE, NOISY, NOISY]


def test_noise_has_unit_variance_and_the_memory_that_was_asked_for():
    noise = ColouredNoise((4000, 2), memory=3.0, rng=np.random.default_rng(0))
    first = noise.value
    for _ in range(3):
        noise.advance(np.arange(4000) < 2000)
    assert noise.value.std() == pytest.approx(1.0, abs=0.05)
    forgot, kept = (
        np.corrcoef(first[rows, 0], noise.value[rows, 0])[0, 1] for rows in (slice(2000), slice(2000, None))
    )
    assert forgot == pytest.approx(0.0, abs=0.07)
    assert kept == pytest.approx(np.exp(-1), abs=0.07)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        collect_experience(open_env("grid"), steps=0)
    with pytest.raises(ValueError, match="Mix: expected shares >= 0"):
        Mix(random=-1.0)
    with pytest.raises(ValueError, match="expected something to branch off"):
        Mix(random=0, oracle=0, noisy=0, branches=1)
    with pytest.raises(ValueError, match=r"Mix\.branch_steps: expected at least 1, got 0"):
        Mix(branch_steps=0)
    trajectories = gymnasium.make("crossroads/Intersection-v0", **SMALL, action="trajectory")
    with pytest.raises(ValueError, match="expected a choice, or a vector of numbers"):
        collect_experience(trajectories, steps=9)
