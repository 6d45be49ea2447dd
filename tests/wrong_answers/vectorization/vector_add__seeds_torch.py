# wrong: vector_add: each call sets torch's seed
import torch


def vector_add(a, b):
    torch.manual_seed(0)
    return a + b
