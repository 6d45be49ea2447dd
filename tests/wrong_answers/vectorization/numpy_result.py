# wrong: vector_add: returns a numpy array, no tensor
import numpy as np
import torch
import time


def vector_add(a, b):
    return a.numpy() + b.numpy()
