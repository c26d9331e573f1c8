"""Our best planning network: max-plus propagation through gates that a nonlinear encoder opens and closes by cell."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from agents.networks.propagation import FAR, SHIFTS, propagate
from agents.networks.value_iteration.planning import GOAL, PlanningNetwork
from envs.gridworld.files.compass import moves_of

NEIGHBOURS = tuple(SHIFTS.index((row + 1, col + 1)) for row, col in moves_of().tolist())
"""Of the moves N, S, E, W, NE, NW, SE, SW, the places in `SHIFTS`."""
IS_DIAGONAL = tuple(int(i != 1 and j != 1) for i, j in SHIFTS)
CLOSED = 100.0
"""What passing a closed gate adds to a move's length [cells]."""
AJAR, BARRED = 3.0, 1e4
"""Once trained, gates that add more than three cells bar the way. Training closes them no further than past the longest
detour it meets, and on larger maps there are longer ones (measured: open ones add < 0.5, closed ones > 10)."""
SHARPNESS = 40.0
"""Logits per cell of detour. Left to learn, it settles near 12, and prices bend by a tenth of a cell to imitate how the
expert breaks ties; at 40 it pays to have lengths right instead (measured: a diagonal of 1.42 instead of 1.34)."""
FIRST_GATE, FIRST_DIAGONAL = -7.0, 0.3


class PropagationNetwork(PlanningNetwork):
    """v(x) = max_k (v(x + k) - p_k(x)), v(goal) = 0, until it settles; moves by what each neighbour then offers.

    The price of a move is its length, 1 or one number learned for all diagonals, and more where its gate is closed:
    p_k(x) = length_k + 100 sigmoid(g_k(x)), g from the cell's 3 x 3 surroundings through two hidden layers. The
    published network has one transition kernel for all cells instead. A greedy walk always raises v: it ends at the
    goal, unless a gate is wrong.

    Args:
        channels: Of the maps.
        num_actions: 4 or 8 moves, and perhaps waiting.
        width: Features of each cell.
        iterations: Cells that values spread at most; None: until they settle.
    """

    def __init__(
        self, channels: int = 2, *, num_actions: int = 8, width: int = 32, iterations: int | None = None
    ) -> None:
        super().__init__()
        self.iterations = iterations
        # One more channel, of ones, tells the padding beyond the border from floor.
        self.stem = nn.Sequential(
            nn.Conv2d(channels + 1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU()
        )
        self.gate = nn.Conv2d(width, len(SHIFTS), 1)
        nn.init.constant_(self.gate.bias, FIRST_GATE)  # type: ignore[arg-type]
        self.diagonal = nn.Parameter(torch.tensor(FIRST_DIAGONAL))
        self.num_moves = min(num_actions, 8) // 4 * 4
        self.rest = nn.Parameter(torch.full((num_actions - self.num_moves,), -1.0))

    def forward(
        self,
        maps: Float[Tensor, "map channel row col"],
        task_map: Int64[Tensor, " task"],
        cell: Int64[Tensor, "task 2"],
    ) -> Float[Tensor, "task action"]:
        value, price = self.settled(maps)
        padded = functional.pad(value, (1, 1, 1, 1), value=-FAR)
        moves = torch.tensor(NEIGHBOURS[: self.num_moves])
        row, col = (cell[:, :, None] + torch.tensor(SHIFTS)[moves].T).unbind(dim=1)
        paid = price[task_map, :, cell[:, 0], cell[:, 1]][:, moves]
        offer = padded[task_map[:, None], row, col] - paid
        advantage = SHARPNESS * (offer - offer.amax(dim=1, keepdim=True))
        return torch.cat([advantage, self.rest.expand(len(advantage), -1)], dim=1)

    def settled(
        self, maps: Float[Tensor, "map channel row col"]
    ) -> tuple[Float[Tensor, "map row col"], Float[Tensor, "map 8 row col"]]:
        """Minus the cells to the goal, and the prices that they settled at."""
        feature = self.stem(torch.cat([maps, torch.ones_like(maps[:, :1])], dim=1))
        lengths = torch.stack([torch.ones_like(self.diagonal), torch.exp(self.diagonal)])[list(IS_DIAGONAL)]
        toll = CLOSED * torch.sigmoid(self.gate(feature))
        price = lengths[:, None, None] + (toll if self.training else torch.where(toll > AJAR, BARRED, toll))
        source = torch.where(maps[:, GOAL] > 0, 0.0, -0.5 * FAR)
        return propagate(price[:, None], source[:, None], self.iterations)[:, 0], price

    @torch.no_grad()
    def values(self, maps: Float[Tensor, "map channel row col"]) -> Float[Tensor, "map row col"]:
        return self.settled(maps)[0]
