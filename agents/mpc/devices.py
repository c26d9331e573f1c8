"""Where tensors live."""

import torch


def device_of(name: str) -> torch.device:
    """The device of that name.

    Raises:
        ValueError: there is none, or it is not here.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device: expected 'cpu' or 'cuda', got {name!r}.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device={name!r}: PyTorch finds no GPU here; use device='cpu'.")
    return device
