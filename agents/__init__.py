"""Who decides: oracles, imitation and reinforcement learners behind one verb, `predict`."""
