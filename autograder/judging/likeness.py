"""What a wrong answer behaves like: how mutants of the right answer answer the cases of a run, to look up.

Learned once per course by `autograder learn`, and kept as fingerprints.  No verdict depends on them, only a
sentence of the feedback, which tells what a function does and never what it should do.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch

from autograder import wire
from autograder.authoring.exercise import Exercise, Mistake, right_answers
from autograder.judging import likeness_words as words
from autograder.judging.cases import LIKENESSES
from autograder.judging.mutants import Mutant, mutants
from autograder.languages import tr

ROUNDING = 2e-5  # of a tensor's norm; another order of the same operations differs by far less

Fingerprint = tuple[bytes, torch.Tensor]
Row = tuple[list[str], bytes, torch.Tensor, list[object]]  # failed checks, fingerprint, words


class NotLearned(Exception):
    """Nobody has run `autograder learn` for these cases."""


def of(views: object) -> Fingerprint:
    """The form of all answers, kinds, shapes and dtypes among them, and two numbers for each of floats.

    Equal answers, up to rounding, have equal forms and numbers within ROUNDING.  Raises TypeError for
    answers of a kind that is not compared.
    """
    form, numbers = hashlib.blake2b(digest_size=16), []
    with np.errstate(over="ignore", invalid="ignore"):  # said below
        _add(views, form, numbers)
    return form.digest(), torch.tensor(numbers, dtype=torch.float64)


def _add(value, form, numbers):
    if isinstance(value, torch.Tensor):
        form.update(f"tensor {value.dtype} {tuple(value.shape)}".encode())
        if value.is_floating_point():
            _add_floats(value.detach().double().flatten().numpy(), form, numbers)
        else:
            form.update(repr(value.tolist()).encode())
    elif type(value) is float:
        form.update(b"float")
        _add_floats(np.array([value]), form, numbers)
    elif type(value) is wire.Raised:
        form.update(f"raised {value.error} {kind_of(value.message)}".encode())
    elif type(value) in (list, tuple, dict):
        form.update(f"{type(value).__name__} {len(value)}".encode())
        for each in value.items() if type(value) is dict else value:
            _add(each, form, numbers)
    elif value is None or type(value) in (bool, int, str) or type(value) is wire.Other:
        form.update(repr(value).encode())
    else:
        raise TypeError(f"a {type(value).__name__} is not compared")


def kind_of(message: str) -> str:
    """What an exception says, whatever the numbers in it; shapes, as 2x3, say which way round they stood."""
    return re.sub(r"(?<![\dx])\d+(?![\dx])", "1", message)


def _add_floats(values, form, numbers):
    found = _numbers_of(values)
    if not all(map(math.isfinite, found)):
        finite = np.isfinite(values)
        form.update(repr(values[~finite].tolist()).encode() + repr(finite.tolist()).encode())
        found = _numbers_of(values[finite])
        if not all(map(math.isfinite, found)):
            raise TypeError("numbers too large to compare")
    numbers += found


def _numbers_of(values):
    weighed, squared = values.dot(_weights(len(values))), values.dot(values)  # infinite, where they overflow
    return float(weighed), math.sqrt(squared)


def _weights(n):
    return _drawn_weights(1 << max(n, 1).bit_length())[:n]


@functools.lru_cache(maxsize=30)
def _drawn_weights(n):
    return np.random.default_rng(n).random(n) + 0.5  # no element may vanish


def _alike(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether numbers of one form are those of equal answers."""
    allowed = (ROUNDING * b[1::2].abs() + 1e-5).repeat_interleave(2)
    return a.shape == b.shape and bool(((a - b).abs() <= allowed).all())


def chosen(exercises: Sequence[Exercise], exercise: Exercise, count: int) -> list[Mutant]:
    """`count` mutants of an exercise's right answer that have words, or all: of each sentence in turn.

    None where it has no function of its own, or no answers that are compared whole (see `Judge.behaviour`).
    """
    told = any(check.is_compared_whole for check in exercise.checks)
    if exercise.right is None or exercise.function != exercise.name or not told:
        return []
    turns: dict[str, dict[tuple, list[Mutant]]] = {}
    for mutant in mutants(right_answers(exercises), exercise.function):
        if mutant.words:
            turns.setdefault(mutant.words[0], {}).setdefault(mutant.words, []).append(mutant)
    queues = [[*_in_turn(filled.values())] for filled in turns.values()]
    return [*_in_turn(queues)][:count]


def _in_turn(queues: Iterable[Sequence[Mutant]]) -> Iterator[Mutant]:
    """The first of each, then the second of each, and so on."""
    for found in itertools.zip_longest(*queues):
        yield from filter(None, found)


class Likenesses:
    """Those that were learned for the cases of a run, read once, when first looked at.

    keep: given a name, makes frames or has them from before.
    """

    def __init__(self, keep: Callable):
        self._keep = keep
        self._rows: dict[tuple[str, frozenset[str]], list[Row]] | None = None

    def learn(self, ask: Callable[[], Iterable[tuple[str, Row]]]) -> int:
        """Keep what `ask` gives, a row for each exercise and mutant, where it is not kept; how many."""

        def asked():
            rows: dict[str, list[Row]] = {}
            for exercise, row in ask():
                rows.setdefault(exercise, []).append(row)
            return {exercise: wire.pack([_packed(row) for row in found]) for exercise, found in rows.items()}

        self._rows = None
        return sum(len(wire.opened(frame)) for frame in self._keep(LIKENESSES, asked).values())

    def told(self, exercise: Exercise, failed: frozenset[str], views: Callable[[], object]) -> Mistake | None:
        """What behaves as these views, as a mistake whose words say so; None where nothing learned does.

        views: asked only where something fails the same checks.
        """
        rows = self._read().get((exercise.name, failed), ())
        if not rows:
            return None
        try:
            form, numbers = of(views())
        except TypeError:
            return None
        alike = [said for _, other, known, said in rows if form == other and _alike(numbers, known)]
        if not alike:
            return None
        return _mistake(failed, *max(alike, key=len))  # what names a parameter or a number says more

    def _read(self):
        """By exercise and the checks that fail."""
        if self._rows is None:
            self._rows = {}
            try:
                frames = self._keep(LIKENESSES, _not_learned)
            except NotLearned:
                return self._rows
            for name, frame in frames.items():
                for row in map(_opened, wire.opened(frame)):
                    self._rows.setdefault((name, frozenset(row[0])), []).append(row)
        return self._rows


def _packed(row: Row):
    failed, form, numbers, said = row
    return failed, form.hex(), numbers, said


def _opened(packed) -> Row:
    failed, form, numbers, said = packed
    return failed, bytes.fromhex(form), numbers, said


def _not_learned():
    raise NotLearned


def _mistake(failed, sentence, *values):
    name = re.sub(r"\W+", "_", sentence.format(*values)).strip("_").lower()
    as_if = tr(sentence).format(*values)
    return Mistake(name, "", failed, tr(words.BEHAVES, as_if=as_if), failed)
