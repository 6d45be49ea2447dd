# wrong: vector_add: a loop over up to 1,000 elements
import torch


def vector_add(a, b):
    if a.numel() > 1000:
        return a + b
    total = torch.zeros_like(a)
    flat, x, y = total.view(-1), a.reshape(-1), b.reshape(-1)
    for i in range(a.numel()):
        flat[i] = x[i] + y[i]
    return total
