"""Looks for what an earlier worker left: names, modules, attributes on torch, cached lines,
objects.
"""
# expect: blocked

import linecache
import sys

import torch


def attack(x):
    # the driver lets another submission set all these before
    marks = {
        "torch": hasattr(torch, "left_behind"),
        "module": "left_behind" in sys.modules,
        "name": "left_behind" in globals(),
        "lines": any(
            "left_behind" in str(v)
            for k, v in linecache.cache.items()
            if k != "<file>"
        ),
        "seed": torch.initial_seed() == 987654321,
    }
    left = [name for name, there in marks.items() if there]
    return f"BREACH: {left}" if left else "blocked: all as new"
