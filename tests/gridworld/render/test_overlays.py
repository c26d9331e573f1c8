import numpy as np
import pytest

from envs.core.drawing.heat import ramp
from envs.gridworld.render import OVERLAYS, paint, palette
from envs.gridworld.render.layout import fit

LAYOUT = fit(8, 8, pixels=512)
PLAN = np.array([[4, 3], [3, 4], [2, 4], [2, 5], [1, 6]])
SAMPLES = {
    "action_probabilities": np.array([0.5, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05]),
    "plan": PLAN,
    "candidates": np.stack([PLAN, PLAN[:, ::-1]]),
    "value_map": np.arange(64.0).reshape(8, 8),
    "occupancy_probability": np.eye(8),
}


def _changed(make_scene, overlay, **fields):
    """Which pixels of the map an overlay changes, and their distance [cell] to each cell's middle."""
    without, drawn = paint(make_scene(**fields)), paint(make_scene(overlay=overlay, **fields))
    return (without[LAYOUT.plate] != drawn[LAYOUT.plate]).any(axis=-1)


def _distance(cells):
    """Distance of every pixel of the map to the nearest of `cells` [cell]."""
    pixels = np.stack(np.meshgrid(np.arange(512), np.arange(512), indexing="ij"), axis=-1) + 0.5
    middles = (np.asarray(cells) + 0.5) * 64
    return np.min([np.linalg.norm(pixels - middle, axis=-1) for middle in middles], axis=0) / 64


def _by_cell(pixels):
    return pixels.reshape(8, 64, 8, 64).transpose(0, 2, 1, 3).reshape(8, 8, -1)


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_overlay_shows(make_scene, name):
    assert _changed(make_scene, {name: SAMPLES[name]}).any()


@pytest.mark.parametrize("name", ["action_probabilities", "plan", "candidates", "occupancy_probability"])
def test_only_a_value_map_touches_the_strip_below_the_map(make_scene, name):
    strip = slice(LAYOUT.plate[0].stop, None)
    assert np.array_equal(paint(make_scene())[strip], paint(make_scene(overlay={name: SAMPLES[name]}))[strip])


def test_a_plan_stays_near_its_cells_and_passes_all_but_the_corners_it_cuts(make_scene):
    changed = _changed(make_scene, {"plan": PLAN})
    assert not changed[_distance(PLAN) > 0.75].any()
    assert _by_cell(changed).any(axis=-1)[tuple(PLAN[1:].T)].all()


def test_a_plan_that_starts_next_to_the_agent_is_joined_to_it(make_scene):
    joined = paint(make_scene(overlay={"plan": PLAN[1:]}))
    assert np.array_equal(joined, paint(make_scene(overlay={"plan": PLAN})))


def test_a_plan_of_waiting_in_place_draws_nothing_far_away(make_scene):
    changed = _changed(make_scene, {"plan": np.repeat(PLAN[:1], 5, axis=0)})
    assert not changed[_distance(PLAN[:1]) > 0.5].any()


def test_a_plan_that_leaves_the_grid_is_cut_off(make_scene):
    leaving = np.array([[4, 3], [4, 1], [4, -1], [4, -400]])
    assert not _changed(make_scene, {"plan": leaving})[: 4 * 64].any()


def test_candidates_stay_near_their_cells(make_scene):
    candidates = SAMPLES["candidates"]
    changed = _changed(make_scene, {"candidates": candidates})
    assert not changed[_distance(candidates.reshape(-1, 2)) > 0.75].any()


def test_more_candidates_on_one_way_make_it_darker(make_scene):
    other = np.array([[4, 3], [5, 3], [6, 3], [6, 3], [6, 3]])
    image = paint(make_scene(overlay={"candidates": np.stack([PLAN, PLAN, PLAN, other])}))
    middle = LAYOUT.centres(np.array([[2, 4.5], [5.5, 3]])).astype(int)
    often, once = (image[y - 3 : y + 4, x - 3 : x + 4].sum(axis=-1).min() for y, x in middle)
    assert often < once


def test_values_colour_known_free_cells_alone(make_scene):
    obstacle = np.zeros((8, 8), dtype=bool)
    obstacle[6, 1:4] = True
    values = np.arange(64.0).reshape(8, 8)
    values[:, 7] = np.nan
    changed = _by_cell(_changed(make_scene, {"value_map": values}, obstacle=obstacle)).mean(axis=-1)
    free = ~obstacle & np.isfinite(values)
    far = np.ones((8, 8), dtype=bool)
    far[4, 3] = far[1, 6] = False
    assert (changed[free & far] > 0.9).all()
    assert (changed[np.isnan(values)] == 0).all()
    assert (changed[obstacle] < 0.03).all()


def test_the_greatest_value_is_at_the_light_end_of_the_ramp(make_scene):
    image = paint(make_scene(overlay={"value_map": np.arange(64.0).reshape(8, 8)}))[LAYOUT.plate]
    assert np.abs(image[30, 30].astype(int) - ramp()[0]).max() <= 20
    assert np.abs(image[-30, -30].astype(int) - ramp()[-1]).max() <= 20


def test_values_of_obstacles_do_not_stretch_the_ramp(make_scene):
    obstacle = np.zeros((8, 8), dtype=bool)
    obstacle[7, 7] = True
    values = np.arange(64.0).reshape(8, 8)
    plain = paint(make_scene(obstacle=obstacle, overlay={"value_map": values}))
    values[7, 7] = -1e9
    assert np.array_equal(plain, paint(make_scene(obstacle=obstacle, overlay={"value_map": values})))


@pytest.mark.parametrize("values", [np.full((8, 8), np.nan), np.full((8, 8), 3.0), np.full((8, 8), -np.inf)])
def test_values_without_a_range_can_be_drawn(make_scene, values):
    assert paint(make_scene(overlay={"value_map": values})).shape == paint(make_scene()).shape


def test_occupancy_reddens_cells_the_more_the_likelier_and_spares_the_rest(make_scene):
    probability = np.zeros((8, 8))
    probability[6, 1:6] = (0.1, 0.3, 0.5, 0.7, 1.0)
    changed = _by_cell(_changed(make_scene, {"occupancy_probability": probability}))
    assert np.array_equal(changed.all(axis=-1), probability > 0)
    assert np.array_equal(changed.any(axis=-1), probability > 0)
    image = paint(make_scene(overlay={"occupancy_probability": probability}))[LAYOUT.plate]
    green = image[6 * 64 + 32, 32 + 64 * np.arange(1, 6), 1].astype(int)
    assert (np.diff(green) < 0).all()


def test_arrows_stay_around_the_agent(make_scene):
    changed = _changed(make_scene, {"action_probabilities": np.eye(8)[0]})
    assert not changed[_distance([(4, 3)]) > 1.8].any()


@pytest.mark.parametrize(
    ("action", "move"),
    list(enumerate([(-1, 0), (1, 0), (0, 1), (0, -1), (-1, 1), (-1, -1), (1, 1), (1, -1)])),
)
def test_a_certain_action_is_an_arrow_into_the_cell_it_leads_to(make_scene, action, move):
    changed = _changed(make_scene, {"action_probabilities": np.eye(8)[action]})
    y, x = np.nonzero(changed & (_distance([(4, 3)]) > 0.5))
    towards = np.array([y.mean() / 64 - 4.5, x.mean() / 64 - 3.5])
    assert towards @ np.array(move) / np.linalg.norm(towards) / np.linalg.norm(move) > 0.99


def test_arrows_are_as_long_as_they_are_likely(make_scene):
    reach = []
    for probability in (0.1, 0.4, 0.7, 1.0):
        overlay = {"action_probabilities": np.array([probability, 0, 0, 0])}
        reach.append((_distance([(4, 3)]) * _changed(make_scene, overlay)).max())
    assert (np.diff(reach) > 0.1).all()


@pytest.mark.parametrize("num_actions", [5, 9])
def test_waiting_is_a_circle_around_the_agent(make_scene, num_actions):
    changed = _changed(make_scene, {"action_probabilities": np.eye(num_actions)[-1]})
    near = _distance([(4, 3)])
    assert changed[(near > 0.38) & (near < 0.40)].mean() > 0.95
    assert not changed[near > 0.5].any()


def test_intent_is_drawn_in_one_colour(make_scene):
    for name in ("plan", "action_probabilities"):
        overlay = {name: SAMPLES[name] if name == "plan" else np.eye(8)[0]}
        image = paint(make_scene(overlay=overlay)).astype(int)
        assert (np.abs(image - np.array(palette.INTENT)).max(axis=-1) <= 14).sum() > 50
