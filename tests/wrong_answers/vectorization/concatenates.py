# wrong: vector_add: joins the two tensors
import torch
import time


def vector_add(a, b):
    return torch.cat([a.reshape(-1), b.reshape(-1)])


print(vector_add(torch.ones(3), torch.ones(3)))
