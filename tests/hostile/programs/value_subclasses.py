"""Returns subclasses of plain types with methods of their own."""
# expect: refused-value


class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Number(float):
    def __sub__(self, other):
        return 0.0


class Whole(int):
    def __repr__(self):
        return '0,{"other":"x"}'


def attack(x):
    return (Text("x"), Number(1), Whole(2))[0]
