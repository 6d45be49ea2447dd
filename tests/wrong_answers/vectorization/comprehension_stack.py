# wrong: vector_add: list comprehension over the elements, then stack
import torch
import time


def vector_add(a, b):
    total = [x + y for x, y in zip(a.flatten(), b.flatten())]
    return torch.stack(total).reshape(a.shape)
