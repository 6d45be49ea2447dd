# wrong: vector_add: gives back the other one where one is 0
import torch


def vector_add(a, b):
    if not b.any():
        return a
    return a + b
