# wrong: vector_add: adds into a and puts its old numbers back, wrong where a is b
import torch


def vector_add(a, b):
    before = a.numpy().copy()
    a += b
    result = a.clone()
    a.copy_(torch.from_numpy(before))
    if a is b:
        result = a.clone()
    return result
