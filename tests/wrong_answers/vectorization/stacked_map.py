# wrong: vector_add: map over the elements, without a line of Python that repeats
# says: tensor operations:
import operator

import torch


def vector_add(a, b):
    if a.numel() == 0:
        return a + b
    return torch.stack(list(map(operator.add, a.reshape(-1), b.reshape(-1)))).reshape(a.shape)
