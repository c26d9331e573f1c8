"""A propagation network whose weights say what it should learn: one step costs 1, obstacles cost too much."""

from math import expm1, log

import torch

from agents.networks.propagation import AGENT_CHANNEL, GOAL_CHANNEL, LEAST_PRICE, SHIFTS, ValuePropagation

SCALE, DEPTH, WALL = 50.0, 1e4, 1e6


def shortest_path_network(iterations=None):
    """Prices 1 into free cells and `WALL` into obstacles; sources `SCALE` at the goal and -`DEPTH` elsewhere."""
    network = ValuePropagation(3, width=9, maps=1, iterations=iterations, scale=SCALE).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.stem[0].weight[0, 3, 1, 1] = 1.0  # the channel of ones
        for k, (i, j) in enumerate(SHIFTS):
            network.stem[0].weight[k + 1, 0, i, j] = 1.0  # an obstacle at neighbour k
            network.price.weight[k, k + 1] = WALL
        network.stem[2].weight[:, :, 0, 0] = torch.eye(9)
        network.price.weight[:, 0] = log(expm1(1.0 - LEAST_PRICE))  # softplus makes 1 of it
        network.source.weight[0, GOAL_CHANNEL] = 1.0 + DEPTH / SCALE
        network.source.bias[:] = -DEPTH / SCALE
    return network


def draw_map(blocked, goal, agent):
    """Occupancy [1 channel row col] in float64."""
    occupancy = torch.zeros(1, 3, *blocked.shape, dtype=torch.float64)
    occupancy[0, 0] = torch.as_tensor(blocked)
    occupancy[0, GOAL_CHANNEL][goal] = 1.0
    occupancy[0, AGENT_CHANNEL][agent] = 1.0
    return occupancy
