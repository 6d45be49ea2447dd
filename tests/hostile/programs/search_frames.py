"""Changes the frames that called it: their locals, their trace functions, what they do next."""
# expect: value|crashed|error|refused-value|protocol

import sys


def attack(x):
    def trace(frame, event, argument):
        return trace

    sys.settrace(trace)
    sys.setprofile(trace)
    frame = sys._getframe()
    while frame:
        frame.f_trace = trace
        for name, value in list(frame.f_locals.items()):
            if type(value) is list:
                value.clear()
            if type(value) is dict and name in ("known", "by_key"):
                value.clear()
        frame = frame.f_back
    return 1.0
