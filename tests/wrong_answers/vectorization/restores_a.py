# wrong: vector_add: adds into a, and subtracts b again
import torch


def vector_add(a, b):
    a += b
    c = a.clone()
    a -= b
    return c
