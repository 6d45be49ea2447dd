# wrong: vector_add: adds in place to b and returns a copy: b is changed
import torch
import time


def vector_add(a, b):
    b += a
    return b.clone()
