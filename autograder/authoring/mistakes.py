"""Known mistakes: wrong answers, as functions or changes of the right one, with words for a student."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from autograder.authoring.checks import TWICE
from autograder.errors import N_, DeclarationError

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

Checks = Iterable[Callable[..., Any] | str]
OPEN = "?"  # in place of checks that the author does not know yet


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the checks that it fails, and the words that explain it to a student."""

    name: str
    source: str  # the wrong answer as a program
    fails: frozenset[str]
    says: str
    # the failed checks whose claim it breaks; the others keep their points, as it explains their failure
    costs: frozenset[str] = frozenset()
    is_open: bool = False  # its author does not know yet which checks it fails
    place: str = ""  # the file and line that declare it


@dataclass(frozen=True)
class Declaration:
    """A mistake without its code: decorate a function with it, or `replace` a text of the right answer."""

    exercise: Exercise
    name: str
    says: str
    fails: Checks
    costs: Checks | None
    place: str

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        self._add(self.name or function.__name__, function)
        return function

    def replace(self, old: str, new: str, *more: str) -> Mistake:
        """Take the right answer with one text in place of another as the code.

        more: further pairs of an old and a new text, replaced together.  The right answer is compared as
        it is written, with its spaces and line breaks.  Raises DeclarationError if it does not contain
        each old text exactly once, or the result does not compile.
        """
        where, texts = self.exercise.place("mistake", self.name), [old, new, *more]
        if self.exercise.right is None or not self.name or len(texts) % 2:
            sentence = N_(
                "{where} needs a name, a right answer above it, and pairs of old and new "
                "text. Add what is missing."
            )
            raise DeclarationError(sentence, where)
        pairs = list(zip(texts[::2], texts[1::2]))
        return self._add(self.name, self.exercise.right, partial(_changed, pairs, where))

    def _add(
        self, name: str, function: Callable[..., Any], change: Callable[[str], str] | None = None
    ) -> Mistake:
        where, known = self.exercise.place("mistake", name), [check.name for check in self.exercise.checks]
        is_open = self.fails == OPEN
        fails = _names_of(known if is_open else self.fails)
        costs = fails if self.costs is None else _names_of(self.costs)
        unknown = fails.difference(known)
        for is_wrong, sentence in (
            (not fails, NO_CHECK),
            (unknown, UNKNOWN),
            (not self.says.strip(), N_("{where} has no message. Write what the student should read.")),
            (not costs or not costs <= fails, WRONG_COSTS),
            (any(name == mistake.name for mistake in self.exercise.mistakes), TWICE),
        ):
            if is_wrong:
                raise DeclarationError(sentence, where, unknown=", ".join(sorted(unknown)))
        source = self.exercise.bundle("mistake", name).source(function, self.exercise.function, change)
        self.exercise.mistakes.append(Mistake(name, source, fails, self.says, costs, is_open, self.place))
        return self.exercise.mistakes[-1]


NO_CHECK = N_("{where} fails no check. Declare checks above it, and name some in fails=.")
UNKNOWN = N_("{where} must fail checks that are declared above it. These are not: {unknown}.")
WRONG_COSTS = N_("{where} must cost at least one of the checks in fails=, and no others. Correct costs=.")


def _names_of(checks: Checks) -> frozenset[str]:
    return frozenset(check if isinstance(check, str) else check.__name__ for check in checks)


def _changed(pairs: list[tuple[str, str]], where: str, text: str) -> str:
    """Return the right answer's text with each old text replaced.  Raises DeclarationError."""
    for old, _ in pairs:
        if text.count(old) != 1:
            sentence = N_(
                "{where} replaces `{old}`, which occurs {count} times in the right answer. "
                "Write a text that occurs once."
            )
            raise DeclarationError(sentence, where, old=old, count=text.count(old))
    # from the last place on, so that no new text moves or makes another old one
    end = len(text)
    for start, old, new in sorted(((text.index(old), old, new) for old, new in pairs), reverse=True):
        if start + len(old) > end:
            sentence = N_("{where} replaces `{old}`, which overlaps another text. Write one pair for both.")
            raise DeclarationError(sentence, where, old=old)
        text, end = text[:start] + new + text[start + len(old) :], start
    try:
        compile(text, "mistake", "exec", dont_inherit=True)
    except SyntaxError as error:
        sentence = N_("{where} turns the right answer into invalid Python ({error}). Correct the new text.")
        raise DeclarationError(sentence, where, error=error.msg) from None
    return text
