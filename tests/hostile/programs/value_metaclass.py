"""Returns an object whose class has no proper name."""
# expect: refused-value|crashed


class Meta(type):
    @property
    def __name__(cls):
        raise KeyboardInterrupt


class Nameless(metaclass=Meta):
    pass


def attack(x):
    return Nameless()
