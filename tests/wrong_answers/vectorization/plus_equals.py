# wrong: vector_add: a += b changes the input a
import torch
import time


def vector_add(a, b):
    a += b
    return a


print(vector_add(torch.ones(3), torch.ones(3)))
