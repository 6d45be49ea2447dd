import torch


def vector_add(a, b):
    n = len(a)
    c = torch.zeros(n)
    for i in range(n):
        c[i] = a[i] + b[i]
    return c
