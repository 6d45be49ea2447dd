import torch


def vector_add(a, b):
    while len(a) > 0:
        pass
