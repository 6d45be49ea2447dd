# wrong: vector_add: reads views as if they lay side by side in memory
import torch


def vector_add(a, b):
    return torch.as_strided(a, a.shape, torch.empty(a.shape).stride(), 0) + b
