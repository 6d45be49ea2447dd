# one row of ones times both vectors
import torch


def vector_add(a, b):
    both = torch.stack((a.reshape(-1), b.reshape(-1)))
    if not a.is_floating_point():
        return both.sum(0, dtype=a.dtype).reshape(a.shape)
    return torch.einsum("ij->j", both).reshape(a.shape)
