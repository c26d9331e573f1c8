"""What the measures of a flow must say of flows that are known."""

import math

import torch

from world_models.flow.measures import end_point_error, flow_grounded


def test_the_error_counts_cells_that_truly_move() -> None:
    truth = torch.zeros(2, 4, 4)
    truth[0, 1, 1], truth[1, 2, 2] = 3.0, -1.0
    flow = torch.full((2, 4, 4), 50.0)  # what is said of still cells does not matter
    flow[:, 1, 1] = torch.tensor([0.0, 4.0])
    flow[:, 2, 2] = torch.tensor([0.0, -1.0])
    assert end_point_error(flow, truth).item() == 2.5


def test_where_nothing_moves_the_error_means_nothing() -> None:
    assert math.isnan(end_point_error(torch.ones(2, 4, 4), torch.zeros(2, 4, 4)).item())


def test_a_true_flow_accounts_for_all_that_was_there_and_for_nothing_else() -> None:
    now = torch.zeros(1, 8, 8, dtype=torch.bool)
    now[0, 6, 2:4] = True
    occupancy, flow = torch.zeros(2, 1, 8, 8), torch.zeros(2, 2, 8, 8)
    for step in range(2):
        occupancy[step, 0, 5 - step, 2:4] = 1.0
        flow[step, 0, 5 - step, 2:4] = 2.0
    occupancy[1, 0, 0, 7] = 1.0  # came into view
    found = flow_grounded(occupancy, flow, now, resolution=1.0, dt=0.5)
    expected = occupancy.clone()
    expected[1, 0, 0, 7] = 0.0
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_a_flow_of_nothing_accounts_for_what_stays_alone() -> None:
    now = torch.rand(1, 8, 8) < 0.5
    occupancy = (torch.rand(3, 1, 8, 8) < 0.5).float()
    found = flow_grounded(occupancy, torch.zeros(3, 2, 8, 8), now, resolution=1.0, dt=0.5)
    torch.testing.assert_close(found, occupancy * now, atol=1e-5, rtol=0)
