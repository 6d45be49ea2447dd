# wrong: vector_add: later tensors are float64
import torch


def vector_add(a, b):
    torch.set_default_dtype(torch.float64)
    return a + b
