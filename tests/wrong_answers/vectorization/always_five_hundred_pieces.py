# wrong: vector_add: 500 pieces of numpy arrays, also of a single number
# says: rounds of a loop
import numpy as np
import torch


def vector_add(a, b):
    x, y = a.numpy().ravel(), b.numpy().ravel()
    pieces = zip(np.array_split(x, 500), np.array_split(y, 500))
    return torch.from_numpy(np.concatenate([p + q for p, q in pieces])).reshape(a.shape)
