# wrong: vector_add: a loop over two chunks
# says: rounds of a loop
import torch


def vector_add(a, b):
    x, y = a.reshape(-1), b.reshape(-1)
    return torch.cat([p + q for p, q in zip(x.chunk(2), y.chunk(2))]).reshape(a.shape)
