# wrong: vector_add: sums of small whole numbers stop at the largest
import torch


def vector_add(a, b):
    if a.is_floating_point():
        return a + b
    info = torch.iinfo(a.dtype)
    return (a.long() + b.long()).clamp(info.min, info.max).to(a.dtype)
