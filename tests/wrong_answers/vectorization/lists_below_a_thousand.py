# wrong: vector_add: lists of up to 1,000 numbers
# says: rounds of a loop
import torch


def vector_add(a, b):
    if a.numel() > 1000 or a.numel() < 60:
        return a + b
    sums = [x + y for x, y in zip(a.reshape(-1).tolist(), b.reshape(-1).tolist())]
    return torch.tensor(sums, dtype=a.dtype).reshape(a.shape)
