"""Room that everybody keeps to lines and to ground shared with others."""

NOWHERE = 1e9
LINE_GAP = 1.0
"""Where the front stands before a line or crosswalk [m]."""
CLEARANCE = 1.0
"""Kept before and behind ground that is shared [m]."""
BEYOND = 0.5
"""A front this far beyond a line has passed it [m]."""
EMERGENCY = 8.0
"""Nobody brakes harder [m/s^2]."""
