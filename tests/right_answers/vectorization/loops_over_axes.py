# a loop over the axes and one over the inputs, none over elements, and a look at the sum
import torch


def vector_add(a, b):
    """Adds a and b."""
    for tensor in (a, b):
        assert isinstance(tensor, torch.Tensor), "not a tensor"
    for size, other in zip(a.shape, b.shape):
        assert size == other, "shapes differ"
    total = sum([a, b])
    print(total)
    assert torch.equal(total, b + a)
    return total
