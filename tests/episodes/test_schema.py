import re

import numpy as np
import pytest
from episodes.synthetic import ORIGIN, assert_holds, clock_episode, ending, write_store

from envs.episodes import EpisodeStore, EpisodeWriter


def changed(kind, **arrays):
    """An episode of three steps with some arrays replaced (or, given None, left out)."""
    episode = clock_episode(1, 3)
    episode[kind] = {name: value for name, value in (episode[kind] | arrays).items() if value is not None}
    return episode


BAD_FIRST = {
    "expected 4 rows for 3 steps, found 3": changed("observations", clock=np.zeros((3, 2), int)),
    "'step/reward': expected 3 rows": changed("steps", reward=np.zeros(4)),
    "needs 'step/truncated'": changed("steps", truncated=None),
    "needs 'episode/level'": changed("episode", level=None),
    "found dtype <U2": changed("episode", name="ab"),
    "found dtype object": changed("steps", plan=np.array([None] * 3)),
    "found 'step/../x'": changed("steps", **{"../x": np.zeros(3)}),
    "at least one element, found shape (3, 0)": changed("steps", plan=np.zeros((3, 0))),
    "found steps after step 1": changed("steps", truncated=np.array([False, True, False])),
    "at least one step": clock_episode(1, 3) | {"steps": {"action": np.zeros(0), **ending(0)}},
}


@pytest.mark.parametrize("message", BAD_FIRST)
def test_an_impossible_episode_is_refused_with_its_name(tmp_path, message):
    with EpisodeWriter(tmp_path, **ORIGIN) as writer, pytest.raises(ValueError, match=re.escape(message)):
        writer.add_episode(**BAD_FIRST[message])
    assert not list(tmp_path.glob("generation-*"))


UNLIKE_THE_FIRST = {
    r"Unknown array 'step/actoin'. Did you mean 'step/action'\?": changed("steps", actoin=np.zeros(3)),
    "expected int64 rows of shape \\(2,\\), found float64": changed("steps", action=np.zeros((3, 2))),
    "expected int64 rows of shape \\(2,\\), found int64 rows of shape \\(1,\\)": changed(
        "steps", action=np.zeros((3, 1), int)
    ),
    "lacks \\['step/expert_action'\\]": clock_episode(1, 3),
}


@pytest.mark.parametrize("message", UNLIKE_THE_FIRST)
@pytest.mark.parametrize("resumed", [False, True])
def test_an_episode_unlike_those_before_is_refused_and_leaves_the_writer_usable(tmp_path, message, resumed):
    expert = {"expert_action": np.zeros(3)}
    if resumed:
        write_store(tmp_path, [changed("steps", **expert)])
    with EpisodeWriter(tmp_path, **ORIGIN, resume=resumed) as writer:
        if not resumed:
            writer.add_episode(**changed("steps", **expert))
        with pytest.raises(ValueError, match=message):
            writer.add_episode(**UNLIKE_THE_FIRST[message])
        writer.add_episode(**changed("steps", **expert))
    assert_holds(EpisodeStore.open(tmp_path), [changed("steps", **expert)] * 2)
