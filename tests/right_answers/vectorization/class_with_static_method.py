# the function lives in a class with its loop twin and is pulled out by assignment
import torch


class Adder:
    @staticmethod
    def by_loop(a, b):
        c = torch.zeros(len(a))
        for i in range(len(a)):
            c[i] = a[i] + b[i]
        return c

    @staticmethod
    def by_vector(a, b):
        return torch.Tensor.add(a, b)


vector_add = Adder.by_vector
loop_add = Adder.by_loop
print(loop_add(torch.ones(3), torch.ones(3)), vector_add(torch.ones(3), torch.ones(3)))
