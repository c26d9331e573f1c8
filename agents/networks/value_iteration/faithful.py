"""The value iteration network as published.

A. Tamar, Y. Wu, G. Thomas, S. Levine and P. Abbeel, *Value Iteration Networks* (NeurIPS 2016), with the sizes of the
authors' code.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from agents.networks.value_iteration.iteration import Run, ValueSweeps
from agents.networks.value_iteration.planning import PlanningNetwork

HIDDEN, Q_CHANNELS, GOAL_PRIOR, SPREAD = 150, 10, 10.0, 0.01


class ValueIterationNetwork(PlanningNetwork):
    """Obstacles and the goal's prior -> reward -> K iterations of value iteration -> Q at the agent's cell -> moves.

    The reward comes by a 3 x 3 convolution to 150 features and one of 1 x 1, with nothing between: a linear filter,
    and computed as such, but learned as the 3,000 weights that it is made of.

    Args:
        iterations: K.
        num_actions: Moves.
        is_tied: One transition kernel for all iterations (3,260 weights), or one for each (6,770 at K = 20).
    """

    def __init__(self, iterations: int, *, num_actions: int = 8, is_tied: bool = True) -> None:
        super().__init__()
        self.iterations = iterations
        counts = (1, 1) if is_tied else (iterations + 1, iterations)
        self.hidden = nn.Parameter(torch.empty(HIDDEN, 2 * 9))
        self.hidden_bias = nn.Parameter(torch.empty(HIDDEN))
        self.reward = nn.Parameter(torch.empty(HIDDEN))
        self.reward_kernels = nn.Parameter(torch.empty(counts[0], Q_CHANNELS, 9))
        self.value_kernels = nn.Parameter(torch.empty(counts[1], Q_CHANNELS, 9))
        self.head = nn.Parameter(torch.empty(Q_CHANNELS, num_actions))
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=SPREAD)

    def forward(
        self,
        maps: Float[Tensor, "map channel row col"],
        task_map: Int64[Tensor, " task"],
        cell: Int64[Tensor, "task 2"],
    ) -> Float[Tensor, "task action"]:
        kernels = self.reward_kernels, self.value_kernels
        q = ValueSweeps.apply(*self._filters(), *kernels, _inputs(maps), task_map, cell, self.iterations)
        return q @ self.head  # type: ignore[operator]

    @torch.no_grad()
    def values(self, maps: Float[Tensor, "map channel row col"]) -> Float[Tensor, "map row col"]:
        filters, bias = self._filters()
        weights = tuple(w.detach().numpy() for w in (filters, self.reward_kernels, self.value_kernels))
        run = Run(_inputs(maps), weights, float(bias), self.iterations)
        padded = torch.from_numpy(run.value).view(len(maps), maps.shape[2] + 2, maps.shape[3] + 2)
        return padded[:, 1:-1, 1:-1]

    def _filters(self) -> tuple[Float[Tensor, "channel 9"], Float[Tensor, ""]]:
        return (self.reward @ self.hidden).view(2, 9), self.reward @ self.hidden_bias


def _inputs(maps: Float[Tensor, "map channel row col"]) -> Float[Tensor, "map 2 row col"]:
    """Obstacles and the prior of the reward: 10 at the goal."""
    return torch.stack([maps[:, 0], GOAL_PRIOR * maps[:, 1]], dim=1)
