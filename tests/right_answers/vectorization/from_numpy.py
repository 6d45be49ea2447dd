# numpy's sum, which is no array for two numbers
import torch


def vector_add(a, b):
    return torch.from_numpy(a.numpy() + b.numpy())
