# wrong: vector_add: loops over numpy scalars
import numpy as np
import torch
import time


def vector_add(a, b):
    x, y = a.numpy().ravel(), b.numpy().ravel()
    c = np.empty(x.shape, dtype=x.dtype)
    for i in range(len(x)):
        c[i] = x[i] + y[i]
    return torch.from_numpy(c).reshape(a.shape)


print(vector_add(torch.ones(3), torch.ones(3)))
