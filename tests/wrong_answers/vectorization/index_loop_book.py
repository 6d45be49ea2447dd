# wrong: vector_add: the book's loop over len(a), float32 result
import torch
import time


def vector_add(a, b):
    c = torch.zeros(len(a))
    for i in range(len(a)):
        c[i] = a[i] + b[i]
    return c


print(vector_add(torch.ones(3), torch.ones(3)))
