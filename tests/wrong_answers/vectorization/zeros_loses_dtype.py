# wrong: vector_add: writes the sum into a float32 torch.zeros
import torch
import time


def vector_add(a, b):
    c = torch.zeros(a.shape)
    c[...] = a + b
    return c


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
