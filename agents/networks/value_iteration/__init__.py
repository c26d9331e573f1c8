"""Networks that plan on a map: value iteration as published, ours by max-plus propagation, and one that only reacts."""
