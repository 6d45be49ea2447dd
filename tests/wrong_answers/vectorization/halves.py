# wrong: vector_add: a recursion that halves
import torch


def vector_add(a, b):
    if a.dim() != 1 or len(a) < 2:
        return a + b
    half = len(a) // 2
    return torch.cat([vector_add(a[:half], b[:half]), vector_add(a[half:], b[half:])])
