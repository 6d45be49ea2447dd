# torch.vmap, where there is an axis to map over
import torch


def vector_add(a, b):
    if a.dim() == 0 or len(a) == 0:
        return torch.add(a, b)
    return torch.vmap(lambda x, y: x + y)(a, b)
