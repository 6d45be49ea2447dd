"""Returns functions, classes, modules and code, which no wire should carry."""
# expect: refused-value

import torch


def attack(x):
    return attack.__code__ if x is None else torch
