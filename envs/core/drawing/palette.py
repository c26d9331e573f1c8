"""Colours that mean the same in every family: red, green, blue in 0..255."""

Colour = tuple[int, int, int]

PAPER: Colour = (236, 239, 243)
FRAME: Colour = (196, 204, 214)
WHITE: Colour = (255, 255, 255)
INK: Colour = (30, 38, 54)
MUTED: Colour = (104, 116, 136)

AGENT: Colour = (37, 99, 235)
GOAL: Colour = (5, 150, 105)
INTENT: Colour = (219, 39, 119)
"""What the agent means to do: its plan and its action probabilities."""
CANDIDATE: Colour = (124, 58, 237)
PREDICTED: Colour = (225, 45, 45)

STATUS: dict[str, Colour] = {"success": (5, 150, 105), "collision": (214, 48, 49), "timeout": (202, 124, 8)}

OTHERS: tuple[Colour, ...] = (
    (217, 116, 86),
    (126, 105, 184),
    (47, 143, 146),
    (201, 145, 48),
    (176, 94, 134),
    (112, 138, 74),
    (92, 126, 160),
    (151, 112, 84),
)


def other_colour(index: int) -> Colour:
    """Colour of the index-th actor that is not the judged agent; repeats when they run out."""
    return OTHERS[index % len(OTHERS)]
