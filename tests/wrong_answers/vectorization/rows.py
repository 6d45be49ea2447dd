# wrong: vector_add: a loop over the rows of a matrix
import torch


def vector_add(a, b):
    if a.dim() == 1:
        return a + b
    return torch.stack([vector_add(x, y) for x, y in zip(a, b)])
