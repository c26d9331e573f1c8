"""Value iteration by convolution as one differentiable function; what it keeps grows with the root of its depth."""

from math import isqrt
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

from agents.networks.value_iteration import sweeps

KEPT_CELLS = 4_000_000
"""Values kept for the way back; beyond, every sqrt(K)-th iteration is kept and the others are run again."""


class ValueSweeps(torch.autograd.Function):
    """Q at some cells after K iterations of V <- max_a Q, Q = reward kernels * R + value kernels * V.

    R = filters * maps + bias, all kernels 3 x 3, zeros beyond the border. The first Q takes V = 0, and K maxima lie
    between the K + 1 Qs. With argmax fixed, each value hangs on one action: the derivative goes back through it alone.
    """

    @staticmethod
    def forward(
        ctx: Any,
        filters: Float[Tensor, "channel 9"],
        bias: Float[Tensor, ""],
        reward_kernels: Float[Tensor, "_ action 9"],
        value_kernels: Float[Tensor, "_ action 9"],
        maps: Float[Tensor, "map channel row col"],
        task_map: Int64[Tensor, " task"],
        cell: Int64[Tensor, "task 2"],
        iterations: int,
    ) -> Float[Tensor, "task action"]:
        """One reward kernel and one value kernel are tied; else K + 1 and K of them."""
        weights = tuple(np.ascontiguousarray(w.detach().numpy()) for w in (filters, reward_kernels, value_kernels))
        run = Run(maps, weights, float(bias), iterations)
        width = maps.shape[3] + 2
        task_map_, place = task_map.numpy(), ((cell[:, 0] + 1) * width + cell[:, 1] + 1).numpy()
        out = np.zeros((len(place), reward_kernels.shape[1]), np.float32)
        sweeps.gather(run.reward, run.value, weights[1][-1], weights[2][-1], task_map_, place, width, out)
        ctx.run, ctx.tasks = run, (task_map_, place)
        return torch.from_numpy(out)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Derivatives by filters, bias and kernels; maps are data."""
        found = ctx.run.backward(gradients[0].contiguous().numpy(), *ctx.tasks)
        return (*(torch.as_tensor(array) for array in found), None, None, None, None)


class Run:
    """One pass forward: rewards, the last values, and what the way back needs.

    Args:
        maps: Channels of the reward's filters.
        weights: Filters, reward kernels, value kernels.
        bias: Of the reward.
        iterations: K.
    """

    def __init__(
        self,
        maps: Float[Tensor, "map channel row col"],
        weights: tuple[np.ndarray, ...],
        bias: float,
        iterations: int,
    ) -> None:
        self.maps = functional.pad(maps, (1, 1, 1, 1)).flatten(2).numpy()
        self.width = maps.shape[3] + 2
        self.filters, self.reward_kernels, self.value_kernels = weights
        self.iterations = iterations
        self.reward = np.zeros((len(maps), self.maps.shape[2]), np.float32)
        sweeps.rewards(self.maps, self.filters, np.float32(bias), self.width, self.reward)
        cells = self.reward.size
        keeps_all = iterations * cells <= KEPT_CELLS
        self.stride = max(1, iterations if keeps_all else isqrt(iterations - 1) + 1)
        self.checkpoints: list[np.ndarray] = []
        self.value = np.zeros_like(self.reward)
        self._values = np.zeros((self.stride + 1, *self.reward.shape), np.float32)
        self._links = np.zeros((self.stride, *self.reward.shape), np.uint8)
        for begin in range(0, iterations, self.stride):
            self.checkpoints.append(self.value)
            self.value = self._advance(begin)

    def _advance(self, begin: int) -> np.ndarray:
        count = min(self.stride, self.iterations - begin)
        self._values[0] = self.checkpoints[begin // self.stride]
        parts = self._values[: count + 1], self._links[:count]
        sweeps.advance(self.reward, self.reward_kernels, self.value_kernels, begin, self.width, *parts)
        return self._values[count].copy()

    def backward(self, by_q: np.ndarray, task_map: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, ...]:
        """Derivatives by filters, bias, reward kernels and value kernels."""
        wr, wv, width = self.reward_kernels, self.value_kernels, self.width
        by_wr, by_wv, by_reward = np.zeros_like(wr), np.zeros_like(wv), np.zeros_like(self.reward)
        flow, by_last = np.zeros_like(self.reward), np.zeros((2, *wr.shape[1:]), np.float32)
        tasks = task_map, place, width, by_q
        sweeps.scatter(self.reward, self.value, wr[-1], wv[-1], *tasks, by_reward, flow, by_last)
        by_wr[-1] += by_last[0]
        by_wv[-1] += by_last[1]
        is_tied = len(wr) == 1
        by_base = np.zeros((len(flow), wr.shape[1] if is_tied else 1, flow.shape[1]), np.float32)
        begins = range(0, self.iterations, self.stride)
        for begin in reversed(begins):
            if len(begins) > 1:
                self._advance(begin)
            count = min(self.stride, self.iterations - begin)
            kept = self._values[: count + 1], self._links[:count]
            sweeps.retreat(self.reward, wr, wv, begin, width, *kept, flow, by_base, by_wr, by_wv)
        if is_tied:
            sweeps.settle(wr[0], width, by_base, by_reward)
            by_wr[0] += self._by_taps(by_base)
        else:
            by_reward += by_base[:, 0]
        by_filters = np.zeros_like(self.filters)
        sweeps.correlate(self.maps, by_reward, width, by_filters)
        inside = by_reward.reshape(len(flow), -1, width)[:, 1:-1, 1:-1]
        return by_filters, np.asarray(inside.sum(dtype=np.float32)), by_wr, by_wv

    def _by_taps(self, by_base: np.ndarray) -> np.ndarray:
        """Derivatives [action 9] by the kernel that the reward goes through, from those by its part of Q."""
        first, width = self.width + 1, self.width
        run = self.reward.shape[1] - 2 * first
        begins = [row * width + col for row in range(3) for col in range(3)]
        around = np.stack([self.reward[:, begin : begin + run] for begin in begins], axis=2)
        return np.matmul(by_base[:, :, first : first + run], around).sum(axis=0)
