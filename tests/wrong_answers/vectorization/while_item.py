# wrong: vector_add: while loop with .item()
import torch
import time


def vector_add(a, b):
    c = a.clone()
    i = 0
    while i < c.numel():
        c.view(-1)[i] = a.reshape(-1)[i].item() + b.reshape(-1)[i].item()
        i += 1
    return c


print(vector_add(torch.ones(3), torch.ones(3)))
