# wrong: vector_add: adds two lists, which joins them
import torch
import time


def vector_add(a, b):
    return torch.tensor(a.tolist() + b.tolist())
