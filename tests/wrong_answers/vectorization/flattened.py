# wrong: vector_add: returns the sum flattened to one dimension
import torch
import time


def vector_add(a, b):
    return (a + b).reshape(-1)


print(vector_add(torch.ones(3), torch.ones(3)))
