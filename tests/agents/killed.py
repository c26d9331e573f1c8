"""Run as a program, by test_crash.py: again and again, kill a process that saves agents, and look what it left.

killed.py PATH TIMES
"""

import os
import random
import signal
import sys
import time
from itertools import count

import gymnasium
import torch

import agents
import envs  # noqa: F401 - registers the ids


def save_forever(path, pair, messages):
    """Alternate between a small network and a larger one, each filled with its own number."""
    for number in count():
        agent = pair[number % 2]
        with torch.no_grad():
            for tensor in agent.network.parameters():
                tensor.fill_(float(number))
        agent.save(path)
        os.write(messages, b"%d\n" % number)


def kill_a_writer(path, pair, seconds):
    """The number of the last agent that a forked process said it had saved, before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        save_forever(path, pair, writing)
    os.close(writing)
    with os.fdopen(reading) as messages:
        messages.readline()  # the first is there; the next ones are under way
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return max([0, *(int(line) for line in messages.read().split())])


def check(path, last):
    """What was left is the last agent or, where the message came too late, the next one; and it is whole."""
    loaded = agents.load(path)
    (number,) = {value for tensor in loaded.network.parameters() for value in tensor.unique().tolist()}
    assert last <= number <= last + 1, (last, number)
    assert loaded.config.width == (4, 32)[int(number) % 2]


if __name__ == "__main__":
    os.fsync = lambda descriptor: None  # a kill, unlike a power cut, loses nothing that was written
    torch.set_num_threads(1)
    rng, env = random.Random(0), gymnasium.make("crossroads/GridNav-v0", size=8)
    pair = [agents.make("dagger", env, width=width) for width in (4, 32)]
    for _ in range(int(sys.argv[2])):
        check(sys.argv[1], kill_a_writer(sys.argv[1], pair, rng.uniform(0.0, 0.15)))
        print("whole", flush=True)
