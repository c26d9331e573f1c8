"""What happened, for world models: episodes in memory, how they are collected, and what else might have been.

experience = collect_experience(env, steps=50_000)
train, validation = experience.apart(0.1)
windows = experience.only(train).sample(32, frames=9, rng=rng)
"""

from agents.experience.collecting import collect_experience
from agents.experience.counterfactuals import Counterfactuals, counterfactuals
from agents.experience.mix import Mix
from agents.experience.store import Experience, Part

__all__ = ["Counterfactuals", "Experience", "Mix", "Part", "collect_experience", "counterfactuals"]
