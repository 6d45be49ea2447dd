# wrong: vector_add: subtracts
import torch
import time


def vector_add(a, b):
    return a - b
