# wrong: vector_add: adds element by element in a Python loop
import torch
import time


def vector_add(a, b):
    c = torch.zeros_like(a)
    flat = c.view(-1)
    x, y = a.reshape(-1), b.reshape(-1)
    for i in range(x.numel()):
        flat[i] = x[i] + y[i]
    return c


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
