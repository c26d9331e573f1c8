"""Prepared comparisons: `crossroads compare --study particle`."""

from collections.abc import Callable
from dataclasses import replace

from experiments.comparison.entrants import Entrant, parse_entrants
from experiments.comparison.study import Place, Study


def particle() -> Study:
    """A particle that must reach two goals in turn, in 2 to 16 dimensions: what does each more of them cost?"""
    joint = "implicit-policy sampler=langevin batch_size=256 weight_decay=0.1 updates=14000"
    # Sixteen networks see the same 2,000 pairs of goals: what keeps them from learning those by heart is worth most.
    one_by_one = "implicit-policy sampler=autoregressive batch_size=128 weight_decay=0.4 updates=12000"
    entrants = parse_entrants(
        (
            "mse: explicit-policy head=mse",
            "mixture: explicit-policy head=mixture",
            "diffusion: diffusion-policy",
            "flow: flow-policy",
            "two-pass: two-pass-policy",
            f"implicit, Langevin: {joint}",
            f"implicit, derivative-free: {joint} @ derivative-free samples=2048",
            f"implicit, autoregressive: {one_by_one}",
        )
    )
    places = tuple(
        Place(
            name=f"N={dims}",
            env="Particle-v0",
            arguments={"dims": dims},
            position=dims,
            demonstrations=2000,
            levels=500,
        )
        for dims in (2, 5, 8, 16)
    )
    config = {"horizon": 1, "execute": 1, "updates": 5000, "batch_size": 512, "learning_rate": 2e-3}
    title = "Two goals in N dimensions"
    return Study(name="particle", title=title, places=places, entrants=entrants, config=config, axis="dimensions N")


def families(first: str) -> tuple[Entrant, ...]:
    """Every family of policy, `first` being the explicit ones that suit the actions."""
    return parse_entrants(
        (
            *first.splitlines(),
            "mixture: explicit-policy head=mixture",
            "diffusion, DDIM: diffusion-policy",
            "diffusion, DDPM: diffusion-policy @ ddpm",
            "flow: flow-policy",
            "two-pass: two-pass-policy",
            "implicit, Langevin: implicit-policy sampler=langevin",
            "implicit, derivative-free: implicit-policy sampler=langevin @ derivative-free",
        )
    )


def two_ways() -> Study:
    """Two equally good ways past an obstacle, and demonstrations of both: who takes either, and who their mean?"""
    grid = Place(
        name="GridFork-v0",
        env="GridFork-v0",
        # Moves as vectors, whose mean is a move as well: what takes them for classes has nothing to average.
        config={"discrete": "moves", "horizon": 4, "execute": 4, "updates": 2500, "learning_rate": 3e-3},
        levels=300,
        drawn=True,
    )
    road = Place(
        name="Bypass-v0",
        env="Bypass-v0",
        arguments={"action": "meta"},
        # More wells than the five manoeuvres have, where energies have any.
        config={"horizon": 1, "execute": 1, "updates": 1200, "wells": 8},
        demonstrations=700,  # of 28 decisions each
        levels=300,
        drawn=True,
    )
    entrants = families("mse: explicit-policy head=mse\ncategorical: explicit-policy head=categorical")
    return Study(name="two-ways", title="Two equally good ways", places=(grid, road), entrants=entrants)


def roads() -> Study:
    """Every family of policy from the same demonstrations on held-out intersections and roundabouts."""
    places = tuple(
        Place(name=name, env=name, demonstrations=200, levels=300)  # of 320 steps, or 14 MB, each
        for name in ("Intersection-v0", "Roundabout-v0")
    )
    oracle = (*families("mse: explicit-policy head=mse"), Entrant("oracle", "oracle"))
    return Study(name="roads", title="Held-out roads", places=places, entrants=oracle)


def planners() -> Study:
    """Learned planners on held-out roads: by costs alone, by costs among others foreseen, by optimal control."""
    seen = {"action": "trajectory", "observe": ("occupancy", "ego", "route", "actors")}
    # What all who plan have: states of an expert led astray, first by chance and then by themselves.
    config = {"samples": 12_000, "rounds": 2, "updates": 1_500, "learning_rate": 2e-3}
    places = tuple(
        Place(name=title, env=env, arguments={**seen, **control}, config=config, demonstrations=100, levels=200)
        for title, env, control in (
            ("Intersection-v0", "Intersection-v0", {}),
            ("Intersection-v0, uncontrolled", "Intersection-v0", {"control": "none"}),
            ("Merge-v0", "Merge-v0", {}),
            ("Roundabout-v0", "Roundabout-v0", {}),
            ("Highway-v0", "Highway-v0", {}),
        )
    )
    entrants = parse_entrants(
        (
            "max-margin: max-margin-planner",
            "behaviour and trajectory: behavior-trajectory-planner",
            "behaviour alone: behavior-trajectory-planner halves=behavior",
            "trajectory alone: behavior-trajectory-planner halves=trajectory",
            "differentiable mpc: differentiable-mpc",
            "social: social-planner",
            "social, independent: social-planner interaction=independent",
            # Meeting somebody as dear as it needs to be, and nobody taken to make way for what the ego wishes.
            "social, heedful: social-planner own_word=false collision=13",
            "social, independent, heedful: social-planner interaction=independent collision=13",
            "social, predict then plan: social-planner interaction=predict-then-plan",
            "cloning: behavior-cloning updates=2500 learning_rate=3e-3",
            "idm",
            "oracle",
        )
    )
    return Study(name="planners", title="Planners on held-out roads", places=places, entrants=entrants)


def asking() -> Study:
    """What it is worth to ask the expert about states that the learner itself came to, by how many are asked about."""
    (crossing,) = (place for place in planners().places if place.name == "Intersection-v0")
    places = tuple(
        replace(crossing, name=f"{samples:,} labels", position=samples, config={**crossing.config, "samples": samples})
        for samples in (1_500, 3_000, 6_000, 12_000)
    )
    entrants = parse_entrants(
        (
            "asked where it drove: differentiable-mpc",
            "asked beside the expert's way: differentiable-mpc rounds=1",
        )
    )
    return Study(
        name="asking",
        title="What asking is worth at intersections",
        places=places,
        entrants=entrants,
        axis="labels",
        metric="score",
    )


def models() -> Study:
    """Every world model behind the same planner, the simulator itself among them: what does not knowing cost?"""
    exact = "oracle model: oracle-mpc"
    latent = {"grids": "latent: latent-mpc model=latent"}
    latent["roads"] = f"{latent['grids']} batch_size=8 learning_rate=3e-3"  # most for what it may cost
    everywhere = (
        "recurrent: latent-mpc model=recurrent",
        "inverse dynamics: inverse-dynamics",
        "cloning: behavior-cloning",
    )
    on_roads = (
        "oracle model, judged: oracle-mpc judged=true",
        "occupancy flow: latent-mpc model=occupancy-flow batch_size=8",
        "joint trajectories: latent-mpc model=joint-trajectory",
        "constant velocity: latent-mpc model=constant-velocity",
        "idm",
    )
    grids = tuple(
        Place(
            name=env,
            env=env,
            demonstrations=1000,
            levels=300,
            entrants=parse_entrants((exact, latent["grids"], *everywhere, "oracle")),
        )
        for env in ("GridNav-v0", "GridRooms-v0")
    )
    seen = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route", "actors")}
    roads = tuple(
        Place(
            name=env,
            env=env,
            arguments=seen,
            config={"minutes": 4.0},  # of fitting, for every model alike
            demonstrations=300,
            levels=100,
            entrants=parse_entrants((exact, latent["roads"], *everywhere, *on_roads, "oracle")),
        )
        for env in ("Highway-v0", "Intersection-v0")
    )
    return Study(name="models", title="World models behind one planner", places=(*grids, *roads))


STUDIES: dict[str, Callable[[], Study]] = {
    "particle": particle,
    "two-ways": two_ways,
    "roads": roads,
    "planners": planners,
    "asking": asking,
    "models": models,
}
"""Name -> what makes it: agents are looked up when a study is asked for, and not before."""
