# wrong: vector_add: prints the sum and returns nothing
import torch
import time


def vector_add(a, b):
    c = a + b
    print(c)


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
