# wrong: vector_add: a loop over chunks of 100,000, of which few numbers fill one
import torch


def vector_add(a, b):
    x, y = a.reshape(-1), b.reshape(-1)
    total = torch.empty_like(x)
    for start in range(0, len(x), 100_000):
        rows = slice(start, start + 100_000)
        total[rows] = x[rows] + y[rows]
    return total.reshape(a.shape)
