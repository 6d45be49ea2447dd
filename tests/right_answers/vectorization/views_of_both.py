# flat views of both, which refuse what does not lie side by side
import torch


def vector_add(a, b):
    return (a.view(-1) + b.view(-1)).view(a.shape)
