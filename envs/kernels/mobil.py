"""MOBIL: lane changes that are safe, and worth it for all (Kesting, Treiber and Helbing, *TRR* 1999, 2007).

Accelerations before (`own`, `new`, `old`) and after the change (`_after`): of the one who changes, of its new
follower, of its old one. Change iff

    new_after >= -safe_braking   and
    own_after - own + politeness * (new_after - new + old_after - old) >= threshold
"""

from envs.kernels.compilation import inlined


@inlined
def is_safe(new_after, safe_braking):
    """Whether the new follower need not brake harder than `safe_braking` [m/s^2]."""
    return new_after >= -safe_braking


@inlined
def incentive(own, own_after, new, new_after, old, old_after, politeness):
    """What a change is worth [m/s^2]."""
    return own_after - own + politeness * (new_after - new + old_after - old)
