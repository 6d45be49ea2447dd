"""What workers do with the functions of other tests' exercises; they get this file as it is."""

import math

import torch


def beside_a_quarter(f, x):
    """The value, and what modules give beside it."""
    return {
        "value": f(x),
        "quarter": torch.from_numpy(x.numpy() / 4),
        "root": math.sqrt(4),
    }


def of_halves(f, x):
    return f(lambda x: x / 2, x)


def of_quarters(f, x):
    return f(lambda x: x / 4, x)


def gives_these(values, own, log):
    return lambda x: log.append(x) or values


def and_log(f, log, x):
    return {"value": f(x), "asked": len(log.get("half", ()))}


def docstring_of(f):
    return f.__doc__
