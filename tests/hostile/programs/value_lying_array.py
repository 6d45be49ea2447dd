"""Returns numpy arrays of objects, of records, of text, and one with negative strides over
much memory.
"""
# expect: refused-value|value

import numpy as np


def attack(x):
    wide = np.lib.stride_tricks.as_strided(np.ones(1), (1 << 40,), (0,))
    return [
        np.array([object()]),
        np.zeros(2, "i4,f8"),
        np.array(["a"]),
        wide,
        np.ones(4)[::-2],
    ]
