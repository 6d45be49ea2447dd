# wrong: vector_add: a loop over 500 chunks, fast enough for a million numbers
# says: tensor operations:
import torch


def vector_add(a, b):
    x, y = a.reshape(-1), b.reshape(-1)
    parts = [p + q for p, q in zip(x.chunk(500), y.chunk(500))]
    return torch.cat(parts).reshape(a.shape)
