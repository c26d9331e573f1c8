"""The planner that solves a control problem: its parts are what they say, and it learns through the solution."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from bitwise import assert_same
from planners_for_tests import TINY as BUDGET
from planners_for_tests import few_futures, open_road

import agents
import envs  # noqa: F401 - registers the ids
from agents.mpc_layer.corridor import FAR, HALF_LENGTH, Gaps, room
from agents.mpc_layer.fitting import MPCFitting, plan_loss
from agents.mpc_layer.labels import clusters
from agents.mpc_layer.network import WEIGHTS, Advice
from agents.mpc_layer.path_view import BEHIND, COLUMNS, sample_strip
from agents.mpc_layer.problem import OPTIONS, Control, Task
from agents.mpc_layer.reference import decide, made_drivable, reference_of
from agents.mpc_layer.vehicle import drive
from agents.planning.plan_space import PlanSpace
from agents.rollouts import play_levels
from envs.driving.render.overlay_shapes import check_overlays
from world_models.bicycle import Bicycle
from world_models.costs.route_line import RouteLine
from world_models.floors.straight_on import StraightOn
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath

SEEN = ("occupancy", "ego", "route", "actors")
TINY = BUDGET | {"modes": 3, "every": 5, "through": 0.25}
NAME = "differentiable-mpc"
AHEAD, TIMES = 48.0, 8
EXACT = Control(0.5, replace(OPTIONS, tol=1e-9))


def road(num_envs=None, **arguments):
    return open_road(num_envs, **{"observe": SEEN} | arguments)


@pytest.fixture(scope="module")
def futures():
    return few_futures(SEEN)


@pytest.fixture(scope="module")
def trained(futures):
    return agents.make(NAME, road(), **TINY).learn(futures, progress=False)


@pytest.fixture(scope="module")
def observation():
    return road(3).reset(seed=0)[0]


def circle(curvature, batch=1):
    """`ego` and `route` of somebody on a path of constant curvature, at 8 m/s."""
    s = torch.arange(1, 13) * 4.0
    angle = curvature * s
    x, y = (torch.sin(angle) / curvature, (1 - torch.cos(angle)) / curvature) if curvature else (s, 0 * s)
    route = torch.stack([x, y, angle], -1).flatten()
    ego = torch.zeros(10)
    ego[0], ego[6], ego[7], ego[8] = 8.0, 10.0, 100.0, 100.0
    return {"ego": ego.expand(batch, -1), "route": route.expand(batch, -1)}


def task_on(curvature, s, *, d=None, room=None, weights=None, dt=0.5):
    seen = circle(curvature, len(s))
    path = ReferencePath.of_observation(seen["ego"], seen["route"])
    reference = reference_of(path, s, torch.zeros_like(s) if d is None else d)
    weights = torch.tensor(list(WEIGHTS.values())).expand(len(s), -1) if weights is None else weights
    room = torch.full_like(s, FAR) if room is None else room
    return Task(Control(dt), Start.of_observation(seen["ego"]), reference, weights, room, seen["ego"][:, 6])


def test_the_vehicle_is_what_the_bicycle_comes_to_with_ever_more_substeps():
    generator = torch.Generator().manual_seed(0)
    motion = torch.zeros(20, 6, dtype=torch.float64)
    motion[:, 3] = 2.0 + 10.0 * torch.rand(20, generator=generator, dtype=torch.float64)
    controls = torch.rand(20, 2, generator=generator, dtype=torch.float64) * 2.0 - 1.0
    controls = controls * torch.tensor([3.0, 0.3])
    there = drive(motion[:, :4], controls, 0.5)
    errors = []
    for substeps in (50, 100):
        bicycle = Bicycle(dt=0.5, substeps=substeps, max_jerk=100.0, max_steering_rate=100.0)
        errors.append((bicycle.follow(motion, controls[:, None])[:, 0, :4] - there).abs().amax())
    assert errors[1] < 0.02
    assert errors[1] < 0.6 * errors[0]


@pytest.mark.parametrize("curvature", [0.0, 0.05, -0.08])
def test_a_reference_that_can_be_driven_is_driven(curvature):
    s = 4.0 * torch.arange(1, TIMES + 1)[None].float()
    task = task_on(curvature, s)
    solution = task.solve()
    assert bool(solution.solved.all())
    away = torch.hypot(solution.x[:, 1:, 0] - task.reference.x, solution.x[:, 1:, 1] - task.reference.y)
    assert float(away.detach().amax()) < 0.35
    safe = made_drivable(task.reference, PlanSpace.at(task.start))
    assert float(torch.hypot(safe[..., 0] - task.reference.x, safe[..., 1] - task.reference.y).amax()) < 0.8


def test_plans_stay_behind_whoever_is_in_the_way_if_that_is_dear_enough():
    s = 4.0 * torch.arange(1, TIMES + 1)[None].float()
    room_there = torch.full_like(s, 20.0)
    weights = torch.tensor(list(WEIGHTS.values()))[None].repeat(2, 1)
    weights[0, list(WEIGHTS).index("others")] = 1e-3
    weights[1, list(WEIGHTS).index("others")] = 50.0
    task = task_on(0.0, s.expand(2, -1), room=room_there.expand(2, -1), weights=weights)
    x = task.solve().x[:, :, 0]
    assert float(x[0].max()) > 30.0
    assert float(x[1].max()) < 20.3


def test_who_crosses_leaves_room_up_to_their_side_and_who_follows_all_of_it():
    seen = circle(0.0)
    line = RouteLine.of_observation(seen, (AHEAD, 16.0, 32.0, 32.0))
    path = ReferencePath.of_observation(seen["ego"], seen["route"])
    s = 4.0 * torch.arange(1, TIMES + 1)[None].float()
    reference = reference_of(path, s, torch.zeros_like(s))
    # one stands across the path, 30 m ahead; another follows, faster
    poses = torch.zeros(1, 2, TIMES, 3)
    poses[0, 0, :, 0], poses[0, 0, :, 2] = 30.0, torch.pi / 2
    poses[0, 1, :, 0] = -8.0 + 8.0 * torch.arange(1, TIMES + 1)
    others = StraightOn(
        poses.transpose(1, 2), torch.zeros(1, 2, 2), torch.tensor([[[4.6, 1.9], [4.6, 1.9]]]),
        torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.bool),
    )  # fmt: skip
    found = room(reference, poses, line, others, Gaps(ahead=1.5, aside=0.3))
    expected = torch.where(s < 30.0, 30.0 - 0.95 - HALF_LENGTH - 1.5, FAR)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0.0)
    # who has gone by before is not held back
    assert float(found[0, -1]) == FAR


def test_gradients_through_the_solution_are_those_of_finite_differences():
    s = 4.0 * torch.arange(1, TIMES + 1)[None].double()
    s = torch.stack([s[0], 0.8 * s[0]])
    expert = torch.zeros(2, TIMES, 3, dtype=torch.float64)
    expert[..., 0] = 3.5 * torch.arange(1, TIMES + 1)
    known = torch.ones(2, TIMES, dtype=torch.bool)
    first = torch.tensor(list(WEIGHTS.values()), dtype=torch.float64).log().repeat(2, 1)
    room_there = torch.full_like(s, 18.0)

    def loss(logs, progress):
        seen = {name: part.double() for name, part in circle(0.05, 2).items()}
        path = ReferencePath.of_observation(seen["ego"], seen["route"])
        reference = reference_of(path, progress, torch.zeros_like(progress))
        task = Task(
            Control(0.5), Start.of_observation(seen["ego"]), reference, logs.exp(), room_there, seen["ego"][:, 6]
        )
        return plan_loss(task.solve().x[:, 1:, :3], expert, known)

    given = [first.requires_grad_(), s.requires_grad_()]
    slopes = torch.autograd.grad(loss(*given), given)
    generator = torch.Generator().manual_seed(0)
    for index, slope in enumerate(slopes):
        way = torch.randn(slope.shape, generator=generator, dtype=torch.float64)
        way = 1e-4 * way / way.norm()
        ends = []
        for sign in (1.0, -1.0):
            moved = [part.detach() for part in given]
            moved[index] = moved[index] + sign * way
            ends.append(float(loss(*moved)))
        assert (ends[0] - ends[1]) / 2.0 == pytest.approx(float((slope * way).sum()), rel=2e-3, abs=1e-9)


def test_the_strip_follows_the_path():
    seen = circle(0.02)
    extent = (AHEAD, 16.0, 32.0, 32.0)
    line = RouteLine.of_observation(seen, extent)
    ahead = 48.0 - (torch.arange(64) + 0.5)
    left = 32.0 - (torch.arange(64) + 0.5)
    view = torch.stack([ahead[:, None].expand(64, 64), left.expand(64, 64)])[None]
    strip = sample_strip(view, line, extent)
    path = ReferencePath.of_observation(seen["ego"], seen["route"])
    s = -BEHIND + 2.0 * torch.arange(strip.shape[2])[None]
    middle = strip[0, :, :, COLUMNS // 2]
    there = path.at(s)
    inside = slice(2, 24)
    torch.testing.assert_close(middle[0, inside], there.x[0, inside], atol=0.05, rtol=0.0)
    torch.testing.assert_close(middle[1, inside], there.y[0, inside], atol=0.05, rtol=0.0)


@pytest.mark.parametrize(("boldness", "expected"), [(0.5, 1), (0.1, 0), (0.9, 2)])
def test_in_doubt_progress_is_a_quantile(boldness, expected):
    progress = torch.tensor([0.0, 10.0, 11.0])[None, :, None].expand(1, 3, TIMES)
    advice = Advice(torch.tensor([[0.4, 0.35, 0.25]]).log(), progress, 0 * progress, None, None, None)
    assert int(decide(advice, boldness)) == expected


def test_clusters_of_few_points_are_the_points():
    points = np.array([[0.0, 0.0], [1.0, 5.0], [0.0, 0.1], [1.0, 5.1]])
    np.testing.assert_allclose(clusters(points, 2), [[0.0, 0.05], [1.0, 5.05]])


def test_the_loss_on_a_few_samples_falls(futures):
    agent = agents.make(NAME, road(), **TINY | {"updates": 23, "learning_rate": 3e-3, "width": 6})
    agent.measure(futures)
    fitting, batch = MPCFitting(agent), futures.take(np.arange(6))
    losses = [fitting.step(fitting.loss(batch, through=k >= 20)) for k in range(23)]
    assert losses[19] < 0.8 * losses[0]
    assert losses[-1] < losses[20] + 0.1
    assert fitting.unsolved == 0


def test_a_row_without_a_solution_is_left_out_of_the_loss_and_counted(futures):
    agent = agents.make(NAME, road(), **TINY)
    agent.measure(futures)
    fitting, batch = MPCFitting(agent), futures.take(np.arange(3))

    class Spoiled:
        """What is solved, but for one row."""

        def __init__(self, task):
            self.task = task

        def solve(self):
            start = self.task.start
            speed = torch.where(torch.arange(3) == 1, torch.nan, start.speed)
            return replace(self.task, start=replace(start, speed=speed)).solve()

    whole = agent.problem
    agent.problem = lambda *given: Spoiled(whole(*given))
    loss = fitting.loss(batch, through=True)
    loss.backward()
    assert fitting.unsolved == 1
    assert bool(loss.isfinite())
    assert all(part.grad.isfinite().all() for part in agent.network.parameters() if part.grad is not None)


def test_batches_decide_as_rows(trained, observation):
    together, _ = trained.predict(observation)
    assert trained.action_space.contains(together[0])
    for row in range(3):
        alone, _ = trained.predict({key: array[row] for key, array in observation.items()})
        np.testing.assert_allclose(alone, together[row], atol=1e-3)


def test_a_plan_is_kept_to_and_each_row_has_its_own(trained, observation):
    later = {key: array[::-1].copy() for key, array in observation.items()}
    _, state = trained.predict(observation)
    kept, _ = trained.predict(later, state)
    begun, _ = trained.predict(later, state, np.array([False, True, False]))
    np.testing.assert_array_equal(kept[[0, 2]], begun[[0, 2]])
    np.testing.assert_allclose(begun[1], trained.predict(later)[0][1], atol=1e-3)


def test_overlays_are_legal_and_weights_are_named(trained, observation):
    shown = trained.explain(observation)
    assert set(shown) == {"plan", "samples", "futures"}
    for row in range(3):
        check_overlays({key: array[row] for key, array in shown.items()})
    weights = trained.weights(observation)
    assert set(weights) == set(WEIGHTS)
    assert all((value > 0).all() and value.shape == (3,) for value in weights.values())


def test_what_is_not_solved_is_driven_as_the_reference_says_and_counted(trained, observation, monkeypatch):
    hasty = agents.make(NAME, road(), **TINY)
    hasty.network.load_state_dict(trained.network.state_dict())
    hasty.control = replace(hasty.control, options=replace(hasty.control.options, max_iterations=1, tol=1e-12))
    plain = agents.make(NAME, road(), **TINY | {"solve": False})
    plain.network.load_state_dict(trained.network.state_dict())
    np.testing.assert_array_equal(hasty.predict(observation)[0], plain.predict(observation)[0])
    assert hasty.unsolved == 3
    assert plain.unsolved == trained.unsolved == 0


def test_saved_planners_decide_the_same(trained, observation, tmp_path):
    trained.save(tmp_path / "planner.safetensors")
    again = agents.load(tmp_path / "planner.safetensors")
    assert_same(again.predict(observation)[0], trained.predict(observation)[0])
    assert again.history == trained.history


def test_it_learns_from_a_road_alone_and_goes_on_where_it_was_stopped(tmp_path):
    folder = tmp_path / "not" / "there"
    place = road(duration=2.0)
    agent = agents.make(NAME, place, **TINY).learn(place, checkpoint=folder, progress=False)
    assert agent.history[-1]["updates"] == 4
    assert [entry["queries"] for entry in agent.history] == [12, 12, 24, 24]
    again = agents.make(NAME, place, **TINY).learn(place, checkpoint=folder, resume=True, progress=False)
    for name, tensor in agent.tensors().items():
        assert_same(again.tensors()[name].numpy(), tensor.numpy())
    (episode,) = play_levels(agent, place, [3])
    assert 0.0 <= episode.metrics["score"] <= 1.0


def test_spaces_that_it_cannot_plan_in_are_refused_by_name():
    with pytest.raises(ValueError, match=r"'differentiable-mpc' needs observe=.* the space lacks \['actors'\]"):
        agents.make(NAME, road(observe=("occupancy", "ego", "route")))
    with pytest.raises(ValueError, match=r"'differentiable-mpc' plans trajectories, .* got the action space Box"):
        agents.make(NAME, road(action="continuous"))
    for wrong, message in (
        ({"handed": "plann"}, r"Unknown handed 'plann'\. Did you mean 'plan'\?"),
        ({"through": 2.0}, r"DifferentiableMPCConfig.through: expected in \[0, 1\], got 2.0"),
        ({"dt": 0.0}, r"DifferentiableMPCConfig.dt: expected > 0, got 0.0"),
    ):
        with pytest.raises(ValueError, match=message):
            agents.make(NAME, road(), **wrong)
