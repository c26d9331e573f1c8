"""Linear answers, and a network that says which of them holds."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

ANSWERS = 6


class GatedLinear(nn.Module):
    """y = sum_k g_k(h) (A_k x + b_k) + W h, with h two hidden layers on x and g their softmax.

    What an expert aims at is often a linear function of what is seen, and which one it is hangs on the situation: to
    go to a place until it is reached, then to another. Layers of rectifiers learn such products slowly. (A mixture of
    linear experts: Jacobs et al., *Adaptive Mixtures of Local Experts*, 1991.)

    Args:
        inputs, outputs: Numbers in, numbers out.
        width: Of the hidden layers.
        answers: Linear functions that are chosen among.
    """

    def __init__(self, inputs: int, outputs: int, *, width: int, answers: int = ANSWERS) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.gates = nn.Linear(width, answers)
        self.answers = nn.Linear(inputs, answers * outputs)
        self.rest = nn.Linear(width, outputs)
        self.shape = (answers, outputs)

    def forward(self, features: Float[Tensor, "batch input"]) -> Float[Tensor, "batch output"]:
        """The answers of a batch, weighed."""
        hidden = self.hidden(features)
        gates = torch.softmax(self.gates(hidden), dim=1)
        answers = self.answers(features).view(-1, *self.shape)
        return torch.baddbmm(self.rest(hidden)[:, None], gates[:, None], answers)[:, 0]
