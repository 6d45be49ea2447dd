import torch


def vector_add(a, b):
    return torch.tensor([x + y for x, y in zip(a.tolist(), b.tolist())])
