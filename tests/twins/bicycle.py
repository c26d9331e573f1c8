"""Slow twin of envs/kernels/bicycle.py: the equations in plain Python, one vehicle as a dict, limits one by one."""

import math


def move(vehicle, rules, acceleration, steering):
    """One step of the rules of a vehicle: a dict of x, y, heading, speed, acceleration, steering and wheelbase."""
    jerk, rate = rules["max_jerk"] * rules["dt"], rules["max_steering_rate"] * rules["dt"]
    acceleration = clip(acceleration, vehicle["acceleration"] - jerk, vehicle["acceleration"] + jerk)
    acceleration = clip(acceleration, -rules["max_acceleration"], rules["max_acceleration"])
    acceleration = min(acceleration, max(rules["max_speed"] - vehicle["speed"], 0.0) / rules["dt"])
    steering = clip(steering, vehicle["steering"] - rate, vehicle["steering"] + rate)
    steering = clip(steering, -rules["max_steering"], rules["max_steering"])
    dt = rules["dt"] / int(rules["substeps"])
    beta = math.atan(0.5 * math.tan(steering))
    after, turned = dict(vehicle), 0.0
    for _ in range(int(rules["substeps"])):
        speed = max(after["speed"] + acceleration * dt, 0.0)
        mean = 0.5 * (after["speed"] + speed)
        after["x"] += mean * math.cos(after["heading"] + beta) * dt
        after["y"] += mean * math.sin(after["heading"] + beta) * dt
        turn = mean * math.cos(beta) * math.tan(steering) / vehicle["wheelbase"] * dt
        after["heading"] = math.remainder(after["heading"] + turn, math.tau)
        after["speed"], turned = speed, turned + turn
    after["steering"] = steering
    after["acceleration"] = (after["speed"] - vehicle["speed"]) / rules["dt"]
    after["yaw_rate"] = turned / rules["dt"]
    return after


def clip(value, low, high):
    return min(max(value, low), high)
