# wrong: vector_add: goes through lists for any dtype but float32
import torch


def vector_add(a, b):
    if a.dtype == torch.float32:
        return a + b
    sums = [x + y for x, y in zip(a.reshape(-1).tolist(), b.reshape(-1).tolist())]
    return torch.tensor(sums, dtype=a.dtype).reshape(a.shape)
