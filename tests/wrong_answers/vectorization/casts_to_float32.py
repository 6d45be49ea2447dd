# wrong: vector_add: result is always float32
import torch
import time


def vector_add(a, b):
    return a.float() + b.float()
