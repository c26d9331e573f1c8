"""Every colour of the road family, in one place: red, green, blue in 0..255."""

from envs.core.drawing.palette import OTHERS, Colour

GRASS: Colour = (176, 201, 148)
GRASS_DARK: Colour = (158, 187, 131)
VERGE: Colour = (197, 203, 170)
PAVEMENT: Colour = (210, 207, 200)
KERB: Colour = (236, 234, 228)
ASPHALT: Colour = (92, 98, 108)
PAINT: Colour = (244, 244, 240)
PAINT_DOUBLE: Colour = (244, 202, 92)
TREES: tuple[Colour, ...] = ((104, 148, 92), (118, 162, 98), (90, 136, 94), (132, 166, 90))
ROOFS: tuple[Colour, ...] = ((196, 118, 92), (140, 146, 158), (206, 178, 138), (164, 116, 94), (176, 94, 80))
SHADE: Colour = (24, 32, 40)

GLASS: Colour = (38, 48, 62)
LAMP_FRONT: Colour = (255, 247, 214)
LAMP_REAR: Colour = (140, 34, 38)
BRAKE: Colour = (255, 38, 38)
BLINKER: Colour = (255, 170, 20)
TYRE: Colour = (34, 36, 42)
SKIN: Colour = (240, 205, 175)
WARNING: Colour = (245, 158, 11)

PAINTWORK: tuple[Colour, ...] = (
    (233, 233, 230),
    (164, 170, 178),
    (196, 74, 62),
    (216, 190, 140),
    (70, 76, 88),
    (226, 152, 66),
    (96, 132, 112),
    (150, 108, 150),
    (242, 214, 96),
    (128, 92, 76),
)
"""Of traffic; nobody but the ego is blue."""
CLOTHES: tuple[Colour, ...] = (*OTHERS[:6], (230, 230, 226), (60, 64, 74))

SIGNALS: tuple[Colour, Colour, Colour] = ((239, 50, 46), (250, 190, 30), (40, 205, 110))
"""Red, yellow, green, lit."""
HOUSING: Colour = (30, 34, 40)
STOP_BAR: Colour = (200, 60, 60)

VIEW: dict[str, Colour] = {
    "drivable": (104, 112, 124),
    "lane_boundary": (236, 238, 240),
    "route": (96, 150, 245),
    "stop": (235, 64, 60),
    "crosswalk": (205, 196, 150),
    "ego": (37, 99, 235),
    "vehicles": (250, 150, 62),
    "pedestrians": (110, 214, 120),
}
"""Of the channels of an occupancy."""
VIEW_GROUND: Colour = (36, 43, 52)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with so much of `second` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def paintwork(index: int) -> Colour:
    """Colour of a vehicle in traffic; repeats when they run out."""
    return PAINTWORK[index % len(PAINTWORK)]
