# a number by itself, else into zeros: other operations for one element than for many
import torch


def vector_add(a, b):
    if a.numel() == 0:
        return torch.empty_like(a)
    if a.numel() == 1:
        return a + b
    total = torch.zeros_like(a)
    total += a
    total += b
    return total
