"""A published training file in small: levels of the recipe, the expert's ways on them, and batches of ten."""

import numpy as np
from scipy.io import savemat

from experiments.vin.tasks import generated


def write_training(folder, *, maps=21, size=16, seed=0):
    """`folder/vin/gridworld_16.mat` with the expert's way from one start on each of the first test levels."""
    tasks, rng = generated(size, maps), np.random.default_rng(seed)
    owner, cell = tasks.states
    order = np.argsort(owner, kind="stable")
    owner, cell = owner[order], cell[order]
    label = tasks.solved.towards[owner, cell]
    images, values = 1 - tasks.solved.blocked.reshape(maps, -1), np.zeros((maps, size * size))
    values[np.arange(maps), tasks.solved.goal_cell] = 10
    state = np.stack(np.divmod(cell, size), axis=1)
    batches = []
    for index in range(maps):
        rows = np.flatnonzero(owner == index)
        count = -(-len(rows) // 10) * 10
        filled = rng.permutation(np.concatenate([rows, np.full(count - len(rows), rows[-1])]))
        batches += list(filled.reshape(-1, 10))
    batches = np.array(batches)
    of_batch = owner[batches[:, 0]]
    arrays = {
        "im_data": images[owner],
        "value_data": values[owner],
        "state_xy_data": state,
        "label_data": label[:, None],
        "batch_im_data": images[of_batch],
        "batch_value_data": values[of_batch],
        "state_x_data": state[batches, 0],
        "state_y_data": state[batches, 1],
        "batch_label_data": label[batches],
    }
    (folder / "vin").mkdir(parents=True, exist_ok=True)
    path = folder / "vin" / f"gridworld_{size}.mat"
    savemat(path, {name: array.astype(np.uint8) for name, array in arrays.items()}, do_compression=True)
    return path
