# wrong: vector_add: only the first 1000 elements are added
import torch
import time


def vector_add(a, b):
    c = a.clone()
    c.view(-1)[:1000] += b.reshape(-1)[:1000]
    return c


print(vector_add(torch.ones(3), torch.ones(3)))
