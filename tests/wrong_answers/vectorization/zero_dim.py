# wrong: vector_add: gives numbers an axis
import torch


def vector_add(a, b):
    return torch.atleast_1d(a + b)
