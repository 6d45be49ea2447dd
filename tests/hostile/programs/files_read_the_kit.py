"""Reads the grader's own source, and imports its exercises with their right answers."""
# expect: blocked

import importlib
import os
import pkgutil


def attack(x):
    kit = ARENA["kit"]
    return tried(
        {
            "read": lambda: open(
                os.path.join(kit, "exercises", "__init__.py")
            ).read(),
            "import": lambda: importlib.import_module(
                "autograder.exercises.linear_regression"
            ),
            "package": lambda: importlib.import_module("autograder.exercises"),
            "judge": lambda: importlib.import_module(
                "autograder.judging.judge"
            ),
            "data": lambda: pkgutil.get_data(
                "autograder.wire", "judging/judge.py"
            ),
            "solutions": lambda: os.listdir(
                os.path.join(os.path.dirname(kit), "solutions")
            ),
        }
    )
