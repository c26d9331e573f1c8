"""Who decides: oracles, imitation and reinforcement learners behind one verb, `predict`.

agent = agents.make("dagger", env).learn(env)
action, state = agent.predict(observation, state, episode_start)
agent.save("runs/dagger.safetensors")
agent = agents.load("runs/dagger.safetensors", env)
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.agent import Agent

AGENTS: dict[str, str] = {
    "random": "agents.random_agent:RandomAgent",
    "oracle": "agents.oracle:OracleAgent",
    "constant-velocity": "agents.drivers:ConstantVelocity",
    "idm": "agents.drivers:IDMDriver",
    "log-replay": "agents.drivers:LogReplay",
    "behavior-cloning": "agents.behavior_cloning:BehaviorCloning",
    "dagger": "agents.dagger:DAgger",
    "explicit-policy": "agents.explicit_policy:ExplicitPolicy",
    "diffusion-policy": "agents.diffusion_policy:DiffusionPolicy",
    "flow-policy": "agents.flow_policy:FlowPolicy",
    "two-pass-policy": "agents.two_pass_policy:TwoPassPolicy",
    "implicit-policy": "agents.implicit_policy:ImplicitPolicy",
    "inverse-rl": "agents.inverse_rl_agent:InverseRL",
    "ppo": "agents.ppo:PPOAgent",
    "max-margin-planner": "agents.max_margin_planner:MaxMarginPlanner",
    "social-planner": "agents.social_planner:SocialPlanner",
    "behavior-trajectory-planner": "agents.behavior_trajectory_planner:BehaviorTrajectoryPlanner",
    "differentiable-mpc": "agents.differentiable_mpc:DifferentiableMPC",
    "value-iteration-network": "agents.value_iteration_network:ValueIterationAgent",
    "latent-mpc": "agents.latent_mpc:LatentMPC",
    "oracle-mpc": "agents.oracle_mpc:OracleMPC",
    "inverse-dynamics": "agents.inverse_dynamics:InverseDynamics",
}
"""Name -> ``"module:Class"``; nothing is imported before an agent is made."""


def agent_class(name: str) -> "type[Agent]":
    """The class of an agent.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    from envs.core.naming import check_known, load_entry

    check_known("agent", name, AGENTS)
    return load_entry(AGENTS[name])


def make(name: str, env: Any, **config: Any) -> "Agent":
    """A new agent for an environment (single or vector), e.g. ``make("dagger", env, rounds=10)``.

    Raises:
        ValueError: unknown agent, or a value out of range.
        TypeError: unknown config field, with the nearest known one.
    """
    return agent_class(name).for_env(env, **config)


def load(path: str | Path, env: Any = None) -> "Agent":
    """The agent saved at `path`; agents that look at the state (the oracle, drivers) need their `env`.

    Raises:
        FileNotFoundError: no such file.
        DamagedCheckpointError: truncated, altered, or not a checkpoint.
    """
    from agents.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(path)
    return agent_class(checkpoint.agent).from_checkpoint(checkpoint, env)
