"""Slow twin of envs/kernels/particle.py: one particle, ten physics steps of a spring in each action, in plain Python;
what it has touched is looked up in all its past."""

import math

DT, SUBSTEPS, STIFFNESS, DAMPING, RADIUS, NEAR, WAIT = 0.005, 10, 10.0, 5.0, 0.05, 0.01, 1


def pull(position, velocity, set_point):
    """(position, velocity) after one action, each a list of numbers."""
    for _ in range(SUBSTEPS):
        force = [STIFFNESS * (a - x) - DAMPING * v for x, v, a in zip(position, velocity, set_point, strict=True)]
        position = [x + v * DT for x, v in zip(position, velocity, strict=True)]
        velocity = [v + f * DT for v, f in zip(velocity, force, strict=True)]
    return position, velocity


class Episode:
    """A particle between its two goals; `aim` is the one that the expert goes to first."""

    def __init__(self, position, goals, *, multimodal, aim):
        self.goals, self.multimodal, self.aim = goals, multimodal, aim
        self.trail, self.velocity = [list(position)], [0.0] * len(position)

    def act(self, set_point):
        position, self.velocity = pull(self.trail[-1], self.velocity, set_point)
        self.trail.append(position)

    def away(self, goal, step=-1):
        return math.dist(self.trail[step], self.goals[goal])

    def touches(self, goal):
        """Every step at which it was within the radius of this goal."""
        return [step for step in range(len(self.trail)) if self.away(goal, step) <= RADIUS]

    def success(self):
        first, second = self.touches(0), self.touches(1)
        return bool(first and second) and (self.multimodal or second[-1] >= first[0])

    def mode(self):
        """Which goal it touched first, the nearer one where it touched both at once; nan where none."""
        touches = self.touches(0) + self.touches(1)
        if not touches:
            return math.nan
        return float(self.away(1, min(touches)) < self.away(0, min(touches)))

    def final_distance(self):
        """How far it is from the goal that is to be touched now, or was touched last."""
        if not self.multimodal:
            return self.away(1 if self.touches(0) else 0)
        return min(self.away(0), self.away(1)) if math.isnan(self.mode()) else self.away(1 - int(self.mode()))

    def advice(self):
        near = [step for step in range(len(self.trail)) if self.away(self.aim, step) <= NEAR]
        has_waited = bool(near) and len(self.trail) - 1 - near[0] >= WAIT
        return self.goals[1 - self.aim if has_waited else self.aim]
