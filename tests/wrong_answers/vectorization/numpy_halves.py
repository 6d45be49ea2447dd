# wrong: vector_add: a recursion over halves of numpy arrays, down to 10,000 numbers
import numpy as np
import torch


def add(x, y):
    if x.size <= 10_000:
        return x + y
    half = x.size // 2
    return np.concatenate([add(x[:half], y[:half]), add(x[half:], y[half:])])


def vector_add(a, b):
    return torch.from_numpy(add(a.numpy().ravel(), b.numpy().ravel())).reshape(a.shape)
