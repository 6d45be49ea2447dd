# wrong: vector_add: adds whole numbers in float64
import torch


def vector_add(a, b):
    return (a.double() + b.double()).to(a.dtype)
