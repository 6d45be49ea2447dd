# adds in numpy and comes back to torch: still one vectorised operation
import numpy as np
import torch


def vector_add(a, b):
    total = np.add(a.numpy(), b.numpy())
    return torch.as_tensor(total)


print(vector_add(torch.ones(4), torch.ones(4)))
data = np.loadtxt('vectors.csv', delimiter=',')
print(vector_add(torch.tensor(data[0]), torch.tensor(data[1])))
