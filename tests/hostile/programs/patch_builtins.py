"""Replaces builtins and the writer of frames, so that the grader's code beside it breaks."""
# expect: value|crashed|error|protocol|refused-value

import builtins
import json


def attack(x):
    builtins.isinstance = lambda *args: True
    builtins.len = lambda value: 0
    builtins.type = lambda value: str
    json.JSONEncoder.encode = lambda self, value: "[true]"
    return 1.0
