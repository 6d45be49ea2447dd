# wrong: vector_add: no gradients are recorded any more once it returns
import torch


def vector_add(a, b):
    torch.set_grad_enabled(False)
    return a + b
