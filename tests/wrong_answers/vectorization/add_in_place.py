# wrong: vector_add: add_ changes the input a
import torch
import time


def vector_add(a, b):
    return a.add_(b)


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
