"""Multiplies large matrices for ever in torch."""
# expect: timeout

import torch


def attack(x):
    a = torch.ones(2500, 2500)
    while True:
        a = a @ a
