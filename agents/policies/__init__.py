"""Policies over chunks of actions: an encoder, and a head that is a loss and, where it samples, a sampler."""
