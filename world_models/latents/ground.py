"""A latent that lies on the ground round the ego, in the frame of now: features of patches of 4 x 4 cells.

z_0 = encode(observation),  z_t = z_{t-1} + f(z_{t-1}, where straight motion would lead at t)

The ego's own motion is known physics (`EgoMotion`): it moves through the frame, and the frame stays. What the others
do without regard to it is foreseen once for all candidates; what its plan changes of that is a few numbers for each
patch in which somebody may be (`Response`). Heads read cells off patches, which trust straight motion as far as they
have learned to; cells that are read off cannot collapse, so nothing has to keep latents apart.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from world_models.boxes import Canvas
from world_models.checks import check_observed
from world_models.ego_motion import EgoMotion
from world_models.experience import Windows
from world_models.flow.reaction import patch_centres
from world_models.latents.config import LatentConfig
from world_models.latents.ground_hints import hints_of
from world_models.latents.ground_losses import ground_losses
from world_models.latents.ground_network import GroundDecoder, GroundEncoder, GroundStep
from world_models.latents.ground_response import Patched, Response, changed, occupied, squares
from world_models.latents.room import Room
from world_models.networks.numbers import Numbers
from world_models.networks.road_stem import PATCH
from world_models.rollout import Latent, Rollout
from world_models.spec import Spec
from world_models.way_left import way_left


class GroundRoom(Room):
    """See above.

    Args:
        spec: Of roads; heads are not looked at.
        config: What is chosen.
        channels: Names of the occupancy's.
        ego: Where the ego goes.
    """

    heads = ("occupancy", "ego", "to_go")
    is_differentiable = True

    def __init__(self, spec: Spec, config: LatentConfig, *, channels: tuple[str, ...], ego: EgoMotion) -> None:
        super().__init__()
        check_observed(spec, "occupancy", "ego", "route")
        _, rows, cols = spec.observation["occupancy"]
        if spec.extent is None or rows % PATCH or cols % PATCH:
            raise ValueError(f"Expected roads in multiples of {PATCH} rows and columns, got {rows} and {cols}.")
        self.spec, self.config, self.ego = spec, config, ego
        self.canvas = Canvas(spec.extent, spec.resolution)
        self.kinds = [channels.index(name) for name in spec.foreseen]
        self.numbers = Numbers(spec.observation)
        self.encoder = GroundEncoder(len(channels), self.numbers.size, width=config.width)
        self.step, self.decoder = GroundStep(config.width), GroundDecoder(config.width)
        self.response = Response(config.width)

    def encode(self, observation: dict[str, Tensor]) -> dict[str, Tensor]:
        """All that does not depend on what the ego does: `logits` of cells, and what responses `know`, at each step."""
        horizon = self.config.horizon
        return self.foresee(observation, horizon, torch.arange(horizon, device=observation["ego"].device))

    def foresee(self, observation: dict[str, Tensor], horizon: int, steps: Int64[Tensor, " some"]) -> dict[str, Tensor]:
        """Parts [batch time ...]; `logits` of some steps alone."""
        settings = {"kinds": self.kinds, "dt": self.spec.dt, "horizon": horizon}
        hints = hints_of(observation, self.canvas, **settings)
        latents = self.step(self.encoder(hints.seen, self.numbers(observation)), hints.straight)
        known = self.response.known(latents.flatten(0, 1)).unflatten(0, latents.shape[:2])
        return {"logits": self.decoder(latents[:, steps], hints.straight[:, steps]), "known": known}

    def predict(self, latent: Latent, actions: Tensor) -> dict[str, Tensor]:
        """The ego's motions [batch candidate 1 horizon 6]; what the others do about them is for `decode`."""
        if actions.shape[2] > self.config.horizon:
            raise ValueError(f"Expected at most {self.config.horizon} steps, got {actions.shape[2]}: see `horizon`.")
        return {"ego": self.ego.rollout(latent.observation["ego"], actions).unsqueeze(2)}

    def decode(self, rollout: Rollout, key: str) -> Tensor:
        ego = rollout.parts["ego"]
        if key == "ego":
            return ego
        if key == "to_go":
            return way_left(rollout.start.observation, ego[..., :2], self.spec)
        parts = {name: part[:, : rollout.horizon] for name, part in rollout.start.parts.items()}
        places = occupied(parts["logits"])
        return changed(parts["logits"], self._changes(parts, ego[:, :, 0], places), places).unsqueeze(2)

    def _changes(self, parts: dict[str, Tensor], ego: Tensor, places: Patched) -> Tensor:
        return self.response(parts["known"], ego, patch_centres(self.canvas, PATCH, ego), places)

    def under(
        self, parts: dict[str, Tensor], ego: Float[Tensor, "batch 1 time 6"], steps: Int64[Tensor, " some"]
    ) -> Float[Tensor, "batch some kind row col"]:
        """Logits of some steps under one plan: what `decode` does for many."""
        places = occupied(parts["logits"])
        changes = self._changes(parts, ego, places._replace(step=steps[places.step]))[:, 0]
        logits = parts["logits"].clone()
        view = squares(logits)
        row, col = places.patch // view.shape[-2], places.patch % view.shape[-2]
        view[places.row, places.step, :, row, :, col] += changes.unflatten(-1, (-1, PATCH, PATCH))
        return logits

    def losses(self, windows: Windows) -> dict[str, Tensor]:
        return ground_losses(self, windows)

    def prepare(self, windows: Windows) -> None:
        """Mean and spread of plain numbers."""
        self.numbers.measure({key: windows.observation[key][:, 0] for key in self.numbers.keys})
