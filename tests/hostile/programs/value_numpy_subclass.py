"""Returns a numpy array whose class says of its data what it likes."""
# expect: refused-value|value|protocol

import numpy as np


class Liar(np.ndarray):
    nbytes = 0

    def __array__(self, *args, **kwargs):
        return np.ones(10)


def attack(x):
    return np.ones(3).view(Liar)
