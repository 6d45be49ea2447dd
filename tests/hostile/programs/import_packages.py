"""Imports packages that the machine has and the grader did not load: each would be a way out."""
# expect: blocked

import importlib


def attack(x):
    names = (
        "nbgrader",
        "pytest",
        "hypothesis",
        "autograder.judging",
        "autograder.authoring",
        "conftest",
    )
    return tried(
        {
            name: lambda name=name: importlib.import_module(name)
            for name in names
        }
    )
