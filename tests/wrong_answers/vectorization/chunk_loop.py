# wrong: vector_add: Python loop over pieces of 100 elements: operations grow with n
import torch
import time


def vector_add(a, b):
    x, y = a.reshape(-1), b.reshape(-1)
    parts = []
    for i in range(0, max(1, x.numel()), 100):
        parts.append(x[i:i + 100] + y[i:i + 100])
    return torch.cat(parts).reshape(a.shape)


print(vector_add(torch.ones(3), torch.ones(3)))
