import numpy as np
import pytest

from envs.core.drawing.heat import ramp
from envs.core.drawing.palette import CANDIDATE, INTENT
from envs.driving.render import OVERLAYS, paint
from envs.driving.render.inset import MARGIN, PADDING, TITLE
from envs.driving.render.painter import camera_over
from envs.driving.render.slices import GAP, HEIGHT, chosen

TIMES = np.linspace(0.2, 1, 5)
PLAN = np.stack([20 * TIMES, 3 * TIMES**2], axis=1)
SPREAD = np.stack([np.stack([20 * TIMES, aside * TIMES**2], axis=1) for aside in (-6.0, 0.0, 6.0)])
SAMPLES = {
    "plan": PLAN,
    "samples": SPREAD,
    "sample_costs": np.array([3.0, 1.0, 2.0]),
    "occupancy": np.eye(32),
    "futures": np.stack([SPREAD + np.array([10.0, 4.0]), SPREAD - np.array([5.0, 4.0])]),
    "future_probabilities": np.array([[0.1, 0.2, 0.7], [1.0, 0.0, 0.0]]),
    "cost_volume": np.arange(2 * 32 * 32.0).reshape(2, 32, 32),
    "action_probabilities": np.array([0.1, 0.5, 0.1, 0.2, 0.1]),
}


def _overlay(*names):
    return {name: SAMPLES[name] for name in names}


def _changed(make_scene, tiles, overlay, ego=()):
    return (paint(make_scene(ego), tiles) != paint(make_scene(ego, overlay=overlay), tiles)).any(axis=-1)


def _places(scene, mask):
    """Where in the ego frame the marked pixels are [m]."""
    row, col = np.nonzero(mask)
    return scene.in_the_ego_frame(camera_over(scene).metres(np.stack([col, row], axis=1) + 0.5))


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_overlay_shows(make_scene, tiles, name):
    lines = {"sample_costs": "samples", "future_probabilities": "futures"}
    overlay = _overlay(name, *([lines[name]] if name in lines else []))
    assert _changed(make_scene, tiles, overlay).any()


@pytest.mark.parametrize("ego", [{}, {"heading": 2.0, "y": 5.0}])
def test_a_plan_goes_from_the_ego_through_its_points_and_stays_near_them(make_scene, tiles, ego):
    scene = make_scene(ego)
    places = _places(scene, _changed(make_scene, tiles, _overlay("plan"), ego))
    fine = np.stack([np.linspace(0, 20, 100), 3 * np.linspace(0, 1, 100) ** 2], axis=1)
    distance = np.linalg.norm(places[:, None] - fine, axis=-1)
    assert distance.min(axis=1).max() < 0.8
    assert distance.min(axis=0).max() < 0.5


def test_headings_of_poses_do_not_matter_to_the_picture(make_scene, tiles):
    posed = np.concatenate([PLAN, np.ones((len(PLAN), 1))], axis=1)
    drawn = [paint(make_scene(overlay={"plan": plan}), tiles) for plan in (PLAN, posed)]
    assert np.array_equal(*drawn)


def test_a_plan_of_standing_still_and_one_that_leaves_the_frame_can_be_drawn(make_scene, tiles):
    for plan in (np.zeros((6, 3)), PLAN * 1e4, PLAN[:1], PLAN[:0]):
        assert paint(make_scene(overlay={"plan": plan}), tiles).shape == (560, 720, 3)


def test_cheaper_samples_are_lighter_and_without_costs_all_are_alike(make_scene, tiles):
    def drawn(*names):
        return paint(make_scene(judged={"route": -1}, overlay=_overlay(*names)), tiles).astype(float)

    without, costly, plain = drawn(), drawn("samples", "sample_costs"), drawn("samples")
    scene = make_scene()
    ends = camera_over(scene).pixels(scene.in_the_world(SPREAD[:, -2])).astype(int)
    for (x, y), step in zip(ends.tolist(), (0, 255, 128), strict=True):
        assert _nearest_tint(without, costly, x, y, ramp()[[0, 128, 255]]) == (0, 128, 255).index(step)
        assert _nearest_tint(without, plain, x, y, np.array([ramp()[0], ramp()[255], CANDIDATE])) == 2


def _nearest_tint(without, drawn, x, y, colours):
    """Which of some colours was mixed into the pixel that changed most around a place."""
    before, after = (image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3) for image in (without, drawn))
    most = np.abs(after - before).sum(axis=1).argmax()
    shares = np.linspace(0.2, 0.95, 76)[:, None, None]
    mixed = (1 - shares) * before[most] + shares * colours
    return int(np.abs(mixed - after[most]).max(axis=-1).min(axis=0).argmin())


def test_occupancy_reddens_its_cells_where_they_lie_in_the_ego_frame(make_scene, tiles):
    probability = np.zeros((64, 64))
    probability[20, 10] = 1.0
    for ego in ({}, {"heading": -2.2, "y": 3.0}):
        scene = make_scene(ego)
        places = _places(scene, _changed(make_scene, tiles, {"occupancy": probability}, ego))
        # extent is 48 ahead, 32 to the left, a metre a cell
        assert np.abs(places.mean(axis=0) - (48 - 20.5, 32 - 10.5)).max() < 0.15
        assert np.abs(places - (48 - 20.5, 32 - 10.5)).max() < 1.1


def test_likelier_futures_are_denser_and_unlikely_ones_are_not_drawn(make_scene, tiles):
    lines = np.stack([np.stack([20 * TIMES, np.full(5, aside)], axis=1) for aside in (-8.0, 8.0)])[None]
    drawn = []
    for first in (0.9, 0.5, 0.0):
        overlay = {"futures": lines, "future_probabilities": np.array([[first, 1 - first]])}
        before, after = paint(make_scene(), tiles).astype(int), paint(make_scene(overlay=overlay), tiles).astype(int)
        scene, change = make_scene(), np.abs(after - before).sum(axis=-1)
        drawn.append([change[_places_mask(scene, aside)].sum() for aside in (-8.0, 8.0)])
    assert drawn[0][0] > drawn[1][0] > drawn[2][0] == 0
    assert drawn[2][1] > drawn[1][1] > drawn[0][1] > 0


def _places_mask(scene, aside):
    """Pixels within two metres of a line beside the ego."""
    camera = camera_over(scene)
    row, col = np.indices((492, 720))
    ahead, left = np.moveaxis(scene.in_the_ego_frame(camera.metres(np.stack([col, row], axis=-1) + 0.5)), -1, 0)
    mask = np.zeros((560, 720), bool)
    mask[:492] = (np.abs(left - aside) < 2) & (ahead > 3) & (ahead < 21)
    return mask


def test_slices_of_a_cost_volume_are_shown_in_order_of_time():
    assert chosen(1) == [0]
    assert chosen(2) == [0, 1]
    assert chosen(8) == [1, 3, 5, 7]
    assert chosen(30)[-1] == 29


def test_a_slice_in_the_corner_darkens_where_it_is_cheap(make_scene, tiles):
    costs = np.ones((4, 64, 64))
    costs[2, :, :32] = 0.0
    image = paint(make_scene(overlay={"cost_volume": costs}), tiles)
    left = MARGIN + PADDING + 2 * (HEIGHT + GAP)
    slice_ = image[MARGIN + TITLE : MARGIN + TITLE + HEIGHT, left : left + HEIGHT]
    assert np.array_equal(slice_[5, 5], ramp()[0])
    assert np.array_equal(slice_[5, -5], ramp()[255])


def test_the_mean_of_a_cost_volume_over_time_lies_over_the_view_and_low_is_dark(make_scene, tiles):
    costs = np.repeat(np.arange(64.0)[:, None], 64, axis=1)[None]
    scene = make_scene()
    image = paint(make_scene(overlay={"cost_volume": costs}), tiles).astype(int)
    without = paint(scene, tiles).astype(int)
    changed = (image != without).any(axis=-1)
    changed[492:] = False
    ahead, left = _places(scene, changed).T
    assert ahead.min() > -16.6
    assert ahead.max() < 48.6
    assert np.abs(left).max() < 32.6
    tint = (image - without) / 0.55 + without
    far, near = (camera_over(scene).pixels(scene.in_the_world(np.array([a, 15.0]))).astype(int) for a in (40.0, -12.0))
    assert np.abs(tint[far[1], far[0]] - ramp()[int(255 * 7.5 / 63)]).max() < 12
    assert np.abs(tint[near[1], near[0]] - ramp()[int(255 * 59.5 / 63)]).max() < 12


def test_likelier_actions_have_longer_bars(make_scene, tiles):
    reach = []
    for probability in (0.0, 0.3, 0.9):
        rest = (1 - probability) / 4
        overlay = {"action_probabilities": np.array([probability, rest, rest, rest, rest])}
        image = paint(make_scene(overlay=overlay), tiles)
        bars = (np.abs(image.astype(int) - np.array(INTENT)).max(axis=-1) <= 4)[:200, 560:]
        rows = np.flatnonzero(bars.any(axis=1))
        first = rows[rows < rows.min() + (17 if probability else 0)] if probability else rows[:0]
        reach.append(bars[first].sum(axis=1).max() if len(first) else 0)
    assert reach[0] < reach[1] < reach[2]


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ({"plans": PLAN}, r"Unknown overlay 'plans'\. Did you mean 'plan'\?"),
        ({"plan": PLAN[:, :1]}, r"overlay 'plan' must have axes \('time', '2 or 3'\).*got shape \(5, 1\)"),
        ({"samples": PLAN}, r"overlay 'samples' must have axes \('candidate', 'time', '2 or 3'\)"),
        ({"plan": np.full((3, 2), np.nan)}, r"overlay 'plan' must hold finite metres, got nan at \(0, 0\)"),
        ({"occupancy": np.full((4, 4), 1.5)}, r"overlay 'occupancy' must hold probabilities in \[0, 1\], got 1.5"),
        ({"action_probabilities": np.ones(4) / 4}, r"overlay 'action_probabilities' must have axes \('action',\)"),
        (
            {"samples": SPREAD, "sample_costs": np.ones(2)},
            r"one number per line of 'samples', got \(2,\) for \(3, 5, 2\)",
        ),
        ({"sample_costs": np.ones(2)}, r"one number per line of 'samples', got \(2,\)"),
    ],
)
def test_bad_overlays_are_refused(make_scene, overlay, message):
    with pytest.raises(ValueError, match=message):
        make_scene(overlay=overlay)
