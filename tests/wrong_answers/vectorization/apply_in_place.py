# wrong: vector_add: Tensor.apply_ / map_ calls Python once per element
import torch
import time


def vector_add(a, b):
    c = a.clone()
    return c.map_(b, lambda x, y: x + y)
