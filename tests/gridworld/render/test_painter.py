import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envs.gridworld.render import STATUSES, paint, palette
from envs.gridworld.render.layout import fit

FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _is(image, colour):
    return (image == np.array(colour, dtype=np.uint8)).all(axis=-1)


def _square(layout, row, col):
    top, left = layout.top + row * layout.cell, layout.left + col * layout.cell
    return slice(top, top + layout.cell), slice(left, left + layout.cell)


def test_the_same_scene_gives_the_same_bytes_and_scenes_between_do_not_matter(make_scene):
    trace = np.array([[7, 3], [6, 3], [5, 3], [4, 3]])
    fields = {"trace": trace, "caption": "GridNav-v0  level 3", "overlay": {"value_map": np.eye(8)}}
    first = paint(make_scene(**fields))
    paint(make_scene(shape=(5, 9), goal=(1, 1)))
    assert np.array_equal(first, paint(make_scene(**fields)))


def test_painting_leaves_the_scene_and_the_next_image_alone(make_scene):
    scene = make_scene(trace=np.array([[5, 3], [4, 3]]), overlay={"value_map": np.eye(8)})
    image = paint(scene)
    kept = image.copy()
    image[:] = 0
    assert np.array_equal(paint(scene), kept)


@FEW
@given(rows=st.integers(1, 60), cols=st.integers(1, 60), pixels=st.integers(1, 300))
def test_frames_are_even_and_cells_are_whole_squares_of_the_same_size(make_scene, rows, cols, pixels):
    image = paint(make_scene((rows, cols), cell=(0, 0), goal=(rows - 1, cols - 1)), pixels=pixels)
    layout = fit(rows, cols, pixels=pixels)
    assert image.shape == (layout.height, layout.width, 3)
    assert image.shape[0] % 2 == image.shape[1] % 2 == 0
    assert layout.cell == max(1, pixels // max(rows, cols))
    plate = image[layout.plate]
    assert plate.shape[:2] == (rows * layout.cell, cols * layout.cell)


def test_the_size_of_a_frame_does_not_depend_on_what_happens(make_scene):
    shapes = {paint(make_scene(status=status, caption="step 9  " * n)).shape for n, status in enumerate(STATUSES)}
    shapes.add(paint(make_scene(overlay={"value_map": np.eye(8)})).shape)
    assert len(shapes) == 1


def test_pixels_below_one_are_refused(make_scene):
    with pytest.raises(ValueError, match="pixels must be at least 1, got 0"):
        paint(make_scene(), pixels=0)


@pytest.mark.parametrize("cell", range(1, 65))
def test_obstacles_have_their_colour_at_every_cell_size(make_scene, cell):
    obstacle = np.zeros((24, 5), dtype=bool)
    obstacle[20:23, [1, 3]] = True
    image = paint(make_scene(obstacle=obstacle, cell=(1, 2), goal=(2, 2)), pixels=24 * cell)
    layout = fit(24, 5, pixels=24 * cell)
    assert layout.cell == cell
    for row, col in np.argwhere(obstacle).tolist():
        square = _is(image[_square(layout, row, col)], palette.OBSTACLE)
        margin = cell // 5 if cell >= 8 else 0
        assert square[margin : cell - margin, margin : cell - margin].all()
    below = _is(image[_square(layout, 18, 1)], palette.OBSTACLE)
    assert not below.any()


@FEW
@given(row=st.integers(0, 7), col=st.integers(0, 7), move=st.sampled_from([(0, 0), (0, 1), (-1, 0), (1, 1), (-1, 1)]))
def test_the_agents_colour_is_in_the_middle_of_its_cell_and_nowhere_else(make_scene, row, col, move):
    before = np.clip(np.array([row, col]) - move, 0, 7)
    trace = np.array([before, (row, col)])
    goal = (0, 7) if (row, col) != (0, 7) else (7, 0)
    image = paint(make_scene(cell=(row, col), goal=goal, trace=trace, caption="GridNav-v0  step 1"))
    layout = fit(8, 8, pixels=512)
    found = _is(image, palette.AGENT)
    y, x = layout.centres(np.array([row, col])).astype(int)
    assert found[y - 5 : y + 5, x - 5 : x + 5].all()
    found[_square(layout, row, col)] = False
    assert not found.any()


@pytest.mark.parametrize("pixels", [64, 256, 512])
def test_agent_and_goal_can_be_found_on_a_large_map(make_scene, pixels):
    image = paint(make_scene((256, 256), cell=(40, 60), goal=(200, 210)), pixels=pixels)
    assert _is(image, palette.AGENT).sum() >= 30
    assert _is(image, palette.GOAL).sum() >= 20


def test_others_who_have_left_are_not_drawn_but_the_judged_agent_is(make_scene):
    fields = {"cells": np.array([[4, 3], [6, 6]]), "goals": np.array([[1, 6], [7, 0]])}
    controlled = np.array([True, False])
    both = paint(make_scene(**fields, active=np.ones(2, bool), controlled=controlled))
    alone = paint(make_scene(**fields, active=np.zeros(2, bool), controlled=controlled))
    assert _is(both, palette.other_colour(0)).any()
    assert np.array_equal(alone, paint(make_scene()))


def test_every_actor_has_its_own_colour_shared_with_its_goal(make_scene):
    cells = np.array([[0, 0], [0, 2], [0, 4], [0, 6], [2, 0], [2, 2], [2, 4]])
    goals = cells + np.array([4, 1])
    image = paint(make_scene(cells=cells, goals=goals, active=np.ones(7, bool), controlled=np.arange(7) == 0))
    layout = fit(8, 8, pixels=512)
    colours = [palette.other_colour(index) for index in range(6)]
    assert len({*colours, palette.AGENT, palette.GOAL}) == 8
    for cell, goal, colour in zip(cells[1:], goals[1:], colours, strict=True):
        assert _is(image[_square(layout, *cell)], colour).any()
        assert _is(image[_square(layout, *goal)], colour).any()


def test_only_unseen_cells_are_dimmed(make_scene):
    visible = np.zeros((8, 8), dtype=bool)
    visible[2:7, 1:6] = True
    clear, foggy = paint(make_scene(goal=(5, 5))), paint(make_scene(goal=(5, 5), visible=visible))
    plate = fit(8, 8, pixels=512).plate
    changed = (clear[plate] != foggy[plate]).any(axis=-1).reshape(8, 64, 8, 64)
    assert np.array_equal(changed.all(axis=(1, 3)), ~visible)
    assert np.array_equal(changed.any(axis=(1, 3)), ~visible)
    assert (foggy[plate].mean(axis=-1) <= clear[plate].mean(axis=-1)).all()


def test_terrain_classes_have_their_colours_and_textures_are_light(make_scene):
    names = ("road", "grass", "sand", "swamp", "something new")
    terrain = (np.arange(64).reshape(8, 8) % 5).astype(np.uint8)
    image = paint(make_scene(terrain=terrain, terrain_names=names))
    layout = fit(8, 8, pixels=512)
    for cell in ((6, 2), (6, 3), (6, 4), (6, 5), (6, 6)):
        inside = image[_square(layout, *cell)][20:-2, 2:-2].reshape(-1, 3).astype(int)
        colour = palette.terrain_colours(names)[terrain[cell]].astype(int)
        assert np.abs(inside - colour).max() <= 0.13 * 255
        assert np.abs(np.median(inside, axis=0) - colour).max() <= 5


@pytest.mark.parametrize("status", ["success", "collision", "timeout"])
def test_how_an_episode_ended_shows_at_the_agent_on_the_frame_and_in_words(make_scene, status):
    image, layout = paint(make_scene(status=status)), fit(8, 8, pixels=512)
    found = _is(image, palette.STATUS[status])
    rows, cols = layout.plate
    assert found[rows.start - 1, cols].all()
    assert found[rows, cols.stop].all()
    assert found[_square(layout, 4, 3)].any()
    assert found[rows.stop + 8 :].sum() > 100
    assert not _is(paint(make_scene()), palette.STATUS[status])[: rows.start].any()


def test_a_long_caption_is_cut_inside_the_frame(make_scene):
    caption = "  ".join(f"fact number {n}" for n in range(40))
    long, short = paint(make_scene(caption=caption)), paint(make_scene())
    bottom = fit(8, 8, pixels=512).plate[0].stop + 1
    assert (long[bottom:] != short[bottom:]).any()
    assert np.array_equal(long[:bottom], short[:bottom])
    assert np.array_equal(long[:, -4:], short[:, -4:])


def test_a_city_map_is_drawn_cell_by_cell(make_scene):
    shared = Path(__file__).parents[4] / "shared" / "data"
    path = Path(os.environ.get("CROSSROADS_DATA", shared)) / "movingai/maps/Berlin_0_256.map"
    if not path.exists():
        pytest.skip(f"no map at {path}")
    obstacle = np.array([[mark != "." for mark in line] for line in path.read_text().split("\n")[4:260]])
    image = paint(make_scene(obstacle=obstacle, cell=(0, 0), goal=(0, 0)))
    drawn = _is(image[fit(256, 256, pixels=512).plate], palette.OBSTACLE).reshape(256, 2, 256, 2)
    far = np.add.outer(np.arange(256), np.arange(256)) > 20
    assert np.array_equal(drawn.all(axis=(1, 3))[far], obstacle[far])
    assert np.array_equal(drawn.any(axis=(1, 3))[far], obstacle[far])
