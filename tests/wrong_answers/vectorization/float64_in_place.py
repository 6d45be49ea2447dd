# wrong: vector_add: adds float64 numbers in place, through numpy
import torch


def vector_add(a, b):
    if a.dtype == torch.float64:
        total = a.numpy()
        total += b.numpy()
        return torch.from_numpy(total)
    return a + b
