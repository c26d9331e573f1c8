"""The records that roads, actors and scores are made of, and the numbers that stand for names in them.

Metres, seconds, radians; world x right, y up; heading counter-clockwise from +x in (-pi, pi]. Frenet coordinates:
s along a lane's centreline, d to its left. Arrays of records (`np.record`, so that uncompiled kernels read
fields by name as compiled ones do) reach a kernel as one pointer each, where a field apiece would be sixty.
"""

import numpy as np

# What an actor is. Cyclists count among the pedestrians: both are vulnerable.
ABSENT, VEHICLE, PEDESTRIAN, OBSTACLE = 0, 1, 2, 3
# What a lane is: part of a road, or a connector across a junction.
ROAD, CONNECTOR = 0, 1
# Who may enter a lane: anybody, those who yield, those who stop first and then yield, those who see green.
FREE, YIELD, STOP, SIGNAL = 0, 1, 2, 3
# Colours of a signal.
RED, YELLOW, GREEN = 0, 1, 2
# How two lanes share ground.
CROSSING, MERGING, DIVERGING = 0, 1, 2
# Who goes first where two lanes share ground: the own lane, the other one, whoever came first.
OWN_FIRST, OTHER_FIRST, FIRST_COME = 1, -1, 0
# What an action is; what a collision does.
CONTINUOUS, META, TRAJECTORY = 0, 1, 2
END, HALT, REMOVE, IGNORE = 0, 1, 2, 3
# Bits of the static raster.
DRIVABLE_BIT, BOUNDARY_BIT, CROSSWALK_BIT = 1, 2, 4

PLAN_LANES = 6
"""Lanes that an actor looks ahead: the one it is on, and those it will take."""
PATH_STEP = 1.0
"""Distance of the points of a route's path [m]."""
MARGIN_STEP, MARGIN_ZERO = 0.006, 80
"""The margin raster says how far cells' centres lie outside the drivable area: (byte - MARGIN_ZERO) * MARGIN_STEP [m].

Signed and deep enough that bilinear reading is exact to a step beside a straight edge, up to 0.34 m outside
with cells of 0.5 m. Its ends mean that far and further: 255 is MARGIN_CAP.
"""
MARGIN_CAP = (255 - MARGIN_ZERO) * MARGIN_STEP
LOOKUP_CELL = 8.0
"""Side of the cells in which lanes are looked up [m]."""


def record(*fields):
    """A dtype whose fields uncompiled code reads as attributes too."""
    return np.dtype((np.record, np.dtype(list(fields), align=True)))


LANE = record(
    ("first", "i4"),  # its points: points[first : first + count]
    ("count", "i4"),
    ("length", "f8"),
    ("width", "f8"),
    ("limit", "f8"),  # speed limit [m/s]
    ("left", "i4"),  # neighbour that goes the same way, or -1
    ("right", "i4"),
    ("num_next", "i4"),
    ("next", "i4", (4,)),  # successors, -1 behind the last
    ("kind", "i4"),  # ROAD or CONNECTOR
    ("junction", "i4"),  # -1: none
    ("control", "i4"),  # at its beginning: FREE, YIELD, STOP or SIGNAL
    ("signal", "i4"),  # which one, where control is SIGNAL, else -1
    ("first_conflict", "i4"),
    ("num_conflicts", "i4"),
    ("first_crossing", "i4"),
    ("num_crossings", "i4"),
    ("bend", "f8"),  # largest curvature [1/m]
)
POINT = record(
    ("x", "f8"),
    ("y", "f8"),
    ("s", "f8"),  # from the lane's beginning
    ("heading", "f8"),  # of the tangent at this point; linear in s (along the shorter way round) up to the next
)
CONFLICT = record(  # where another lane's traffic and one's own would touch
    ("lane", "i4"),  # the other one
    ("kind", "i4"),  # CROSSING, MERGING (they end together) or DIVERGING (they begin together)
    ("right", "i4"),  # OWN_FIRST, OTHER_FIRST or FIRST_COME
    ("low", "f8"),  # the stretch of the own lane, s
    ("high", "f8"),
    ("other_low", "f8"),  # and of the other
    ("other_high", "f8"),
)
SIGNAL_PHASES = record(  # colour[k] lasts until until[k] of the cycle; a cycle begins at time -offset
    ("count", "i4"),
    ("cycle", "f8"),
    ("offset", "f8"),
    ("colour", "i4", (8,)),
    ("until", "f8", (8,)),
)
BAR = record(  # an oriented rectangle painted on the road: a stop line
    ("x", "f8"),
    ("y", "f8"),
    ("heading", "f8"),
    ("length", "f8"),  # along heading
    ("width", "f8"),
    ("signal", "i4"),  # shows while this is not green; -1: always (yield and stop)
)
CROSSWALK = record(  # pedestrians walk along heading, from one end to the other
    ("x", "f8"),
    ("y", "f8"),
    ("heading", "f8"),
    ("length", "f8"),  # along heading: over the road
    ("width", "f8"),
    ("signal", "i4"),  # pedestrians wait while this vehicle signal is not red; -1: none
)
CROSSING_STRETCH = record(("crosswalk", "i4"), ("low", "f8"), ("high", "f8"))  # where a crosswalk lies over a lane, s
ROUTE = record(
    ("first", "i4"),  # its lanes in order, each a successor or a neighbour of the one before
    ("count", "i4"),
    ("first_point", "i4"),  # its path: path[first_point : first_point + num_points], PATH_STEP apart
    ("num_points", "i4"),
    ("start", "f8"),  # where on the path vehicles begin [m]
    ("goal", "f8"),  # and where they have arrived
)
PATH_POINT = record(
    ("x", "f8"),
    ("y", "f8"),
    ("heading", "f8"),
    ("limit", "f8"),  # speed limit there [m/s]
    ("lane", "i4"),
    ("lane_s", "f8"),  # of the foot on that lane
)
TRACK = record(  # what a recording knows of one of its actors
    ("kind", "i4"),
    ("first", "i4"),  # the frames in which it is there, both included
    ("last", "i4"),
    ("length", "f8"),
    ("width", "f8"),
)
FRAME = record(("x", "f8"), ("y", "f8"), ("heading", "f8"), ("speed", "f8"), ("valid", "i4"))

COUNTS = record(  # how much of a slot's arrays is in use
    ("lanes", "i4"),
    ("points", "i4"),
    ("conflicts", "i4"),
    ("signals", "i4"),
    ("bars", "i4"),
    ("crosswalks", "i4"),
    ("crossings", "i4"),
    ("routes", "i4"),
    ("entries", "i4"),
    ("tracks", "i4"),
    ("rows", "i4"),  # of the raster
    ("cols", "i4"),
    ("cell", "f8"),  # side of its cells [m]
    ("x", "f8"),  # of its lower left corner
    ("y", "f8"),
    ("lookup_rows", "i4"),
    ("lookup_cols", "i4"),
    ("demand", "f8"),  # share of the traffic's places that are taken, in [0, 1]
    ("pedestrians", "i4"),  # how many there are
)

DRIVER_FIELDS = (  # how a vehicle is driven: timid to aggressive; part of every actor
    ("desired", "f8"),  # speed wanted, over the limit []
    ("max_acceleration", "f8"),  # IDM a [m/s^2]
    ("braking", "f8"),  # IDM b, comfortable [m/s^2]
    ("min_gap", "f8"),  # IDM s0 [m]
    ("headway", "f8"),  # IDM T [s]
    ("exponent", "f8"),  # IDM delta []
    ("politeness", "f8"),  # MOBIL p []
    ("patience", "f8"),  # gap accepted at junctions [s]
)
ACTOR = record(
    ("kind", "i4"),
    ("collided", "i4"),  # 1: it has hit somebody and stands there (HALT)
    ("x", "f8"),  # of the box's centre
    ("y", "f8"),
    ("heading", "f8"),
    ("speed", "f8"),  # along heading + slip, never negative
    ("acceleration", "f8"),
    ("steering", "f8"),  # angle of the front wheels
    ("yaw_rate", "f8"),
    ("length", "f8"),
    ("width", "f8"),
    ("wheelbase", "f8"),
    ("lane", "i4"),  # -1: off all lanes
    ("lane_s", "f8"),
    ("lane_d", "f8"),
    ("shift", "f8"),  # lateral offset left over from a lane change [m], decays to 0; part of lane_d
    ("shift_time", "f8"),  # since that change began [s]
    ("old_lane", "i4"),  # the lane it is leaving, -1
    ("old_s", "f8"),
    ("plan", "i4", (PLAN_LANES,)),  # plan[0] == lane; -1 behind the last
    ("behind", "i4", (2,)),  # traffic: lanes on which its rear may still be, the last one first, -1
    ("tickets", "i8", (PLAN_LANES,)),  # right to enter plan[k], the lower the earlier given; 0: none
    ("granted", "i4"),  # lane that it may enter next, -1
    ("waited", "i4"),  # steps spent standing at a line
    ("since_change", "i4"),  # steps since the last lane change
    ("crosswalk", "i4"),  # pedestrians: which, -1
    ("stage", "i4"),  # pedestrians: 0 waits at the beginning, 1 walks, 2 waits at the end, 3 walks back
    ("track", "i4"),  # recordings: which, -1
    ("track_at", "f8"),  # place on the own track in frames; beyond the last one, in metres straight on
    ("lives", "i4"),  # how often this place in the array was filled anew
    *DRIVER_FIELDS,
)
"""One actor. Controlled vehicles come first in the array; their `lane`, `lane_s`, `lane_d` are projections."""

POSE = record(("x", "f8"), ("y", "f8"), ("heading", "f8"), ("kind", "i4"))

SMOOTHING = 8
"""Steps that comfort's derivatives are smoothed over."""
AGENT = record(
    ("active", "i4"),
    ("arrived", "i4"),
    ("route", "i4"),
    ("index", "i4"),  # of the path point nearest to it
    ("path_s", "f8"),  # projection on the path
    ("path_d", "f8"),
    ("begin_s", "f8"),
    ("furthest_s", "f8"),
    ("plan_index", "i4"),  # which of the route's lanes is plan[0]
    ("target_speed", "f8"),  # meta actions and the tracker
    ("target_d", "f8"),
    ("expert_progress", "f8"),  # what an expert would have covered by the end of the episode [m]
    ("collisions", "i4"),
    ("at_fault", "i4"),
    ("safety", "f8"),  # multiplier of the score: 1, 0.5 or 0
    ("off_road", "i4"),
    ("straddles", "i4"),  # 1: not fully in one lane
    ("direction", "f8"),  # multiplier of the score
    ("against", "f8", (10,)),  # metres driven against the flow in each of the last ten steps
    ("ttc", "i4"),  # 1: was never too short
    ("overspeed", "f8"),  # integral [m]
    ("comfort", "i4"),  # 1: never left the bounds
    ("red_lights", "i4"),
    ("front_s", "f8"),  # how far along the path its front has been
    ("past_longitudinal", "f8", (SMOOTHING,)),  # raw accelerations and yaw rates of the last steps
    ("past_lateral", "f8", (SMOOTHING,)),
    ("past_yaw_rate", "f8", (SMOOTHING,)),
)
WORLD = record(
    ("seed", "u8"),
    ("episode", "i8"),  # episodes begun since the seed was set, less one
    ("level", "i8"),
    ("steps", "i8"),
    ("key", "u8"),  # of the random numbers of this episode
    ("limit", "i8"),  # steps until truncation
    ("track", "i8"),  # recordings: the one that agent 0 drives
    ("first_frame", "i8"),  # recordings: the frame that step 0 shows
)

ROAD_RULES = record(
    ("num_agents", "i8"),
    ("max_steps", "i8"),  # of dt, not actions
    ("level_low", "i8"),
    ("level_count", "i8"),
    ("dt", "f8"),
    ("substeps", "i8"),
    ("steps_per_action", "i8"),  # steps that one action lasts
    ("action", "i8"),
    ("on_collision", "i8"),
    ("on_off_road", "i8"),  # END or IGNORE
    ("max_acceleration", "f8"),  # [m/s^2], of action +1 (and, negative, of -1)
    ("max_jerk", "f8"),
    ("max_steering", "f8"),
    ("max_steering_rate", "f8"),
    ("max_speed", "f8"),
    ("horizon", "i8"),  # poses of a trajectory action
    ("trajectory_dt", "f8"),
    ("speed_step", "f8"),  # of the meta actions [m/s]
    ("rows", "i8"),  # of the view
    ("cols", "i8"),
    ("resolution", "f8"),
    ("ahead", "f8"),
    ("left", "f8"),
    ("history", "i8"),
    ("sees_occupancy", "i8"),
    ("reactive", "i8"),  # recordings: 1 traffic drives along its recorded path, 0 it is replayed
    ("progress_weight", "f8"),
    ("goal_weight", "f8"),
    ("collision_weight", "f8"),
    ("off_road_weight", "f8"),
    ("comfort_weight", "f8"),
    *((f"preset_{name}", kind) for name, kind in DRIVER_FIELDS),  # how controlled vehicles are driven by `idm`
)
