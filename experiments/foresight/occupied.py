"""What is foreseen as images, beside what came: overlap, ranking, and whether other actions change it rightly."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from experiments.foresight.scenes import FACTUAL, Scenes, expanded, nan_where
from world_models.forecasts import precision_recall_area, soft_iou
from world_models.model import WorldModel
from world_models.spec import Spec
from world_models.views import turn

Measures = dict[str, Float[Tensor, " scene"]]
Images = Float[Tensor, "scene branch step channel row col"]


def occupied(model: WorldModel, scenes: Scenes, found: dict[str, Tensor]) -> Measures:
    """``measure/channel/step`` and, over all steps, the errors in what the ego sees there.

    soft_iou, auc   where the expert's way leads, seen from where the ego is now
    factual         1 - overlap of everything that moves, the expert's way: on roads the others as seen from where the
                    ego is at each step, on grids the agent
    counterfactual  the same, other ways
    change, changed mean absolute difference of the images of two ways, as foreseen and as it came: their ratio is the
                    action sensitivity
    """
    spec, branches = model.spec, scenes.actions.shape[1]
    said = expanded(found["occupancy"][:, :, 0], branches).clamp(0.0, 1.0)
    measures = by_step(said[:, FACTUAL], scenes.occupancy[:, FACTUAL], scenes.known[:, FACTUAL], spec)
    if spec.extent is not None:
        said = own_view(said, expanded(found["ego"][:, :, 0], branches), spec)
        truth = own_view(scenes.occupancy, true_ego(scenes), spec)
    else:
        moves = spec.foreseen.index("agent")
        said, truth = said[:, :, :, moves, None], scenes.occupancy[:, :, :, moves, None]
    return measures | across(said, truth, scenes.known)


def by_step(said: Tensor, truth: Tensor, known: Bool[Tensor, "scene step"], spec: Spec) -> Measures:
    """Soft IoU and area under precision and recall of each channel [scene step channel row col] at each step."""
    measures: Measures = {}
    for k, channel in enumerate(spec.foreseen):
        for t in range(said.shape[1]):
            p, y = said[:, t, k].flatten(1).double().numpy(), truth[:, t, k].flatten(1).numpy() > 0.5
            for name, measure in (("soft_iou", soft_iou), ("auc", precision_recall_area)):
                values = torch.from_numpy(measure(p, y)).float()
                measures[f"{name}/{channel}/{t + 1}"] = nan_where(~known[:, t], values)
    return measures


def own_view(images: Images, ego: Float[Tensor, "scene branch step number"], spec: Spec) -> Images:
    """What was seen from where the ego was, as seen from where it is at each step."""
    assert spec.extent is not None
    return turn(images, ego[..., :3], spec.extent, spec.resolution, inverse=True)


def true_ego(scenes: Scenes) -> Float[Tensor, "scene branch step 3"]:
    """Where the ego really came, in the frame of now."""
    assert scenes.windows.tracks is not None
    poses = scenes.windows.tracks.seen_from(0)[:, 1:, 0]
    return poses.unflatten(0, scenes.actions.shape[:2])


def across(said: Images, truth: Images, known: Bool[Tensor, "scene branch step"]) -> Measures:
    """Errors of each way, and differences between ways.

    Overlap is Ruzicka's similarity, the sum of minima over that of maxima: intersection over union where cells are 0
    or 1, and 1 for equal images even where turning them has blurred both.
    """
    both, either = (of(said, truth).flatten(3).sum(-1) for of in (torch.minimum, torch.maximum))
    error = nan_where(~known | (truth.flatten(3).amax(-1) < 0.5), 1.0 - both / either.clamp(min=1e-6))
    pairs = torch.combinations(torch.arange(said.shape[1]), 2)
    one, two = pairs.unbind(-1)
    unknown = ~(known[:, one] & known[:, two])
    changes = {
        name: nan_where(unknown, (images[:, one] - images[:, two]).abs().flatten(3).mean(-1)).flatten(1).nanmean(1)
        for name, images in (("change", said), ("changed", truth))
    }
    return {"factual": error[:, FACTUAL].nanmean(-1), "counterfactual": error[:, 1:].flatten(1).nanmean(1), **changes}
