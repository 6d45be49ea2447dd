# wrong: vector_add: adds up all elements to one number
import torch
import time


def vector_add(a, b):
    return (a + b).sum()


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
