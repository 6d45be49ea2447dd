"""Raises an exception whose text cannot be had: its __str__ raises, and its name is no string."""
# expect: error|crashed


class Evil(Exception):
    def __str__(self):
        raise KeyboardInterrupt

    __repr__ = __str__


Evil.__name__ = "passed"


def attack(x):
    raise Evil
