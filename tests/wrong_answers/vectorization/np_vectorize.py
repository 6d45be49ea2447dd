# wrong: vector_add: np.vectorize is a Python loop inside
import numpy as np
import torch
import time


def vector_add(a, b):
    add = np.vectorize(lambda x, y: x + y)
    return torch.as_tensor(add(a.numpy(), b.numpy()))
