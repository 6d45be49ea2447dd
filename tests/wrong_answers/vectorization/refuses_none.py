# wrong: vector_add: refuses tensors without elements
import torch


def vector_add(a, b):
    assert len(a) > 0, "nothing to add"
    return a + b
