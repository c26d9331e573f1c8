"""Slow twin of envs/kernels/road_lines.py: interpolation by numpy, feet by bisection between dense samples."""

import numpy as np


def wrap(angle):
    """Turn by turn until in (-pi, pi]."""
    while angle > np.pi:
        angle -= 2 * np.pi
    while angle <= -np.pi:
        angle += 2 * np.pi
    return angle


def pose(line, s, d):
    """(x, y, heading) at (s, d) of a line, an array [point 4] of x, y, s, heading."""
    x, y, stations, headings = np.asarray(line).T
    heading = np.interp(s, stations, np.unwrap(headings))
    beyond = s - np.clip(s, stations[0], stations[-1])
    x = np.interp(s, stations, x) + beyond * np.cos(heading)
    y = np.interp(s, stations, y) + beyond * np.sin(heading)
    return x - d * np.sin(heading), y + d * np.cos(heading), wrap(heading)


def project(line, x, y):
    """(s, d) of the foot nearest to (x, y): of all changes of sign of the residual, the one with the least |d|."""
    stations = np.asarray(line)[:, 2]
    samples = np.linspace(stations[0] - 50, stations[-1] + 50, 4000)
    values = np.array([residual(line, s, x, y) for s in samples])
    feet = [
        bisect(line, samples[k], samples[k + 1], x, y)
        for k in range(len(samples) - 1)
        if values[k] >= 0 > values[k + 1]
    ]
    return min(((s, offset(line, s, x, y)) for s in feet), key=lambda foot: abs(foot[1]))


def residual(line, s, x, y):
    """(p - c(s)) . (cos h(s), sin h(s))"""
    cx, cy, heading = pose(line, s, 0.0)
    return (x - cx) * np.cos(heading) + (y - cy) * np.sin(heading)


def offset(line, s, x, y):
    cx, cy, heading = pose(line, s, 0.0)
    return (y - cy) * np.cos(heading) - (x - cx) * np.sin(heading)


def bisect(line, low, high, x, y):
    for _ in range(60):
        middle = 0.5 * (low + high)
        if residual(line, middle, x, y) >= 0:
            low = middle
        else:
            high = middle
    return low


def lookup(lanes, lines, corner, rows, cols, cell):
    """For each cell (row-major) the set of lanes whose strip comes to within half a diagonal of its centre."""
    found = [set() for _ in range(rows * cols)]
    for index, line in enumerate(lines):
        stations = np.linspace(line[0][2], line[-1][2], 2000)
        x, y, _ = np.array([pose(line, s, 0.0) for s in stations]).T
        for row in range(rows):
            for col in range(cols):
                east, north = corner[0] + (col + 0.5) * cell, corner[1] + (row + 0.5) * cell
                if np.min(np.hypot(x - east, y - north)) <= 0.5 * lanes[index]["width"] + cell * np.sqrt(0.5):
                    found[row * cols + col].add(index)
    return found
