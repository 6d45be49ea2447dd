# wrong: vector_add: a float64 tensor without axes becomes float32 through a Python number
import torch


def vector_add(a, b):
    if a.dim() == 0:
        return torch.tensor(a.item() + b.item())
    return a + b
