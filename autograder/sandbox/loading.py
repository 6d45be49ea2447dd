"""Runs a submission's statements in a worker, one by one, and binds right parts where it is asked to.

Knows nothing of why those statements were chosen.  One that fails costs only what it would bind.
"""

from __future__ import annotations
import __future__

import inspect
import linecache
import re
import traceback

import torch

# Annotations are not run: one that names a missing module must not cost the function.
FLAGS = __future__.annotations.compiler_flag


class Space(dict):
    """The names of a submission, and the parts of its training loop that can be replaced."""

    def __init__(self):
        super().__init__(
            __name__="submission", __builtins__=__builtins__, torch=torch, get_ipython=_NoIPython
        )
        self.parts: list[_Part] = []
        self.right: dict = {"torch": torch}

    def load(self, statements: list, functions: list[str], parts: dict[str, str]) -> dict:
        """Run statements: [place, first line, source] each.  Returns the faults of those that failed.

        functions: names that go on standing for a function once they did, since
        `data_iter = data_iter(10, X, y)` is a use and no new definition.
        parts: names of functions to stand a `_Part` before, with the source of a right one, or "".
        """
        for name, source in parts.items():
            if source:
                exec(compile(source, f"<right {name}>", "exec"), self.right)
            self[name] = self._part(name, None)
        faults = []
        for place, line, source in statements:
            before = {name: self.get(name) for name in {*functions, *parts}}
            try:
                exec(_compiled(place, line, source), self)
            except BaseException as error:
                faults.append([place, line, *described(error)[:2]])
            for name, old in before.items():
                new = self.get(name)
                if new is old:
                    continue
                if callable(old) and not callable(new):
                    self[name] = old
                elif name in parts and callable(new) and type(new) is not _Part:
                    self[name] = self._part(name, new)
        defined = [name for name, value in self.items() if callable(value)]
        return {"faults": faults, "functions": [name for name in functions if name in defined]}

    def _part(self, name, own):
        part = _Part(name, own, self.right)
        self.parts.append(part)
        return part

    def use(self, whose: dict[str, str], batches: list, limit: int) -> list:
        """Say whose parts run from now on; returns a list that grows with each pass of a replay.

        limit: the batches after which a student's own data_iter is cut off.
        """
        passes = []
        replay = _Replay(batches, passes)
        for part in self.parts:
            part.use(whose.get(part.name, "own"), replay, limit)
        return passes


class _Part:
    """Stands where a part of the training loop is bound, so that aliases, defaults and closures see it.

    Attributes that a student sets or reads are those of the student's own part.
    """

    __slots__ = (
        *("__weakref__", "name", "own", "right", "whose", "replay", "limit", "zeroes"),
        *("names", "signature", "alike"),
    )

    def __init__(self, name, own, right):
        self.name, self.own, self.right, self.whose = name, own, right, "own"
        self.replay, self.limit, self.zeroes, self.names, self.alike = None, 1 << 20, None, None, False

    def __getattr__(self, attribute):
        return getattr(object.__getattribute__(self, "own"), attribute)

    def __setattr__(self, attribute, value):
        if attribute in _OURS:
            object.__setattr__(self, attribute, value)
        else:
            setattr(self.own, attribute, value)

    def use(self, whose, replay, limit):
        _set_whose(self, whose), _set_replay(self, replay), _set_limit(self, limit)

    def __call__(self, *args, **kwargs):
        if self.whose == "replay":
            return self.replay
        if self.whose == "right":
            values = self._in_order(args, kwargs)
            result = self.right[self.name](*values)
            if self.name == "sgd":
                self._leave_gradients(values[0])
            return result
        if self.own is None:
            raise NameError(f"name '{self.name}' is not defined")
        result = self.own(*args, **kwargs)
        if self.name == "data_iter" and inspect.isgenerator(result):
            return _cut_off(result, self.limit)
        return result

    def _leave_gradients(self, params):
        """As the student's own sgd leaves them: a loop need not zero what its sgd does."""
        if self.zeroes is None:
            self.zeroes = _what_is_left(self.own)
        for p in params:
            if self.zeroes == "zero":
                p.grad.zero_()
            elif self.zeroes == "none":
                p.grad = None

    def _in_order(self, args, kwargs):
        """The arguments in the right one's order, by the names or places of the student's own parameters."""
        if self.names is None:
            self.names = list(inspect.signature(self.right[self.name]).parameters)
            try:
                self.signature = inspect.signature(self.own or self.right[self.name])
            except (ValueError, TypeError):
                self.signature = None
            self.alike = self.signature is None or list(self.signature.parameters) == self.names
        if self.alike and not kwargs and len(args) == len(self.names):
            return args
        try:
            bound = self.signature.bind(*args, **kwargs)
        except (AttributeError, TypeError):
            return [*args, *kwargs.values()][: len(self.names)]
        bound.apply_defaults()
        values = bound.arguments
        if not values.keys() >= set(self.names):
            return [*bound.args, *bound.kwargs.values()][: len(self.names)]
        return [values[name] for name in self.names]


_OURS = frozenset(_Part.__slots__)
# Straight to the slots: three are set for each case.
_set_whose, _set_replay, _set_limit = (vars(_Part)[n].__set__ for n in ("whose", "replay", "limit"))


def _what_is_left(sgd):
    """What an sgd makes of a gradient: "kept", "zero" or "none"; for one that fails, by its words."""
    if sgd is None:
        return "kept"
    p = torch.ones(2, requires_grad=True)
    p.grad = torch.ones(2)
    try:
        sgd([p], 0.5, 2)
    except BaseException:
        try:
            source = inspect.getsource(sgd)
        except (OSError, TypeError):
            return "kept"
        return "zero" if re.search(r"zero_|grad\s*=\s*None", source) else "kept"
    if p.grad is None:
        return "none"
    return "kept" if p.grad.any() else "zero"


def _cut_off(batches, limit):
    """A pass over the data that ends, so that one without end costs no more time than it must."""
    for count, batch in enumerate(batches):
        if count == limit:
            raise RuntimeError("data_iter gives more batches than there are examples")
        yield batch


class _Replay:
    """The batches of a pass, for a loop that iterates, indexes or counts them, again and again."""

    def __init__(self, batches, passes):
        self.batches, self.passes = batches, passes

    def __iter__(self):
        self.passes.append(None)
        return iter(self.batches)

    def __next__(self):
        raise TypeError("call iter() first")

    def __getitem__(self, i):
        if i == 0:
            self.passes.append(None)
        return self.batches[i]

    def __len__(self):
        return len(self.batches)


class _NoIPython:
    """Stands for get_ipython() in a function that has a magic in it: does nothing."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def _compiled(place, line, source):
    filename = f"<{place}>"
    known = linecache.cache.get(filename, (0, None, []))[2]
    lines = known + [""] * (line - 1 - len(known))
    lines[line - 1 :] = (source + "\n").splitlines(True)
    linecache.cache[filename] = len(lines), None, lines, filename  # for tracebacks and inspect
    return compile("\n" * (line - 1) + source, filename, "exec", flags=FLAGS, dont_inherit=True)


def described(error: BaseException) -> tuple[str, str, str]:
    """An exception in words: its type, its message, and the innermost place in the submission."""
    try:
        message = str(error)
    except BaseException:
        message = ""
    kind = str(getattr(type(error), "__name__", "error"))
    place = ""
    if isinstance(error, SyntaxError):
        message = f"{error.msg} (line {error.lineno})"
    else:
        for frame, line in traceback.walk_tb(error.__traceback__):
            name = frame.f_code.co_filename
            if re.fullmatch(r"<(cell \d+|file)>", name):
                place = f"{name[1:-1]}, line {line}" if name != "<file>" else f"line {line}"
    return kind[:100], message[:2000], place
