# wrong: vector_add: returns a without adding
import torch
import time


def vector_add(a, b):
    c = a
    return c


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
