"""Whether numbers lie within bounds, in one pass: numpy's comparisons make an array each."""

from envs.kernels.compilation import kernel


@kernel
def is_within(numbers, low, high):
    """Whether low[k] <= numbers[k] <= high[k], the bounds repeated as often as need be; NaN lies nowhere."""
    for first in range(0, numbers.size, low.size):
        for k in range(low.size):
            if not (low[k] <= numbers[first + k] <= high[k]):
                return False
    return True
