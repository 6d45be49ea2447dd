"""Raises a SyntaxError whose parts are objects that act when they are read."""
# expect: error|crashed

import os


class Message:
    def __format__(self, spec):
        os._exit(0)


def attack(x):
    raise SyntaxError(Message(), ("f", Message(), 1, "x"))
