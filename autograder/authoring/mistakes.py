"""Known mistakes: wrong answers, each with the words that explain it to a student.

One is written out as a function, or as a change to the right answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.authoring.checks import TWICE
from autograder.errors import N_, DeclarationError

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the checks that it fails, and the words that explain it to a student.

    source: the wrong answer as a program.  costs: the failed checks whose claim it breaks; the other failed
    checks keep their points, because the mistake explains their failure.  is_open: its author does not know
    yet which checks it fails.  place: the file and line that declare it.
    """

    name: str
    source: str
    fails: frozenset[str]
    says: str
    costs: frozenset[str] = frozenset()
    is_open: bool = False
    place: str = ""


@dataclass(frozen=True)
class Declaration:
    """A mistake without its code: decorate a function with it, or `replace` a text of the right answer."""

    exercise: Exercise
    mistake: Mistake

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        name = self.mistake.name or function.__name__
        self._add(name, lambda where: self.exercise.standing_alone(function, where))
        return function

    def replace(self, old: str, new: str, *more: str) -> Mistake:
        """Take the right answer with one text in place of another as the code.

        more: further pairs of an old and a new text, replaced one after another.  The right answer is
        compared as it is written, with its spaces and line breaks.  Raises DeclarationError if it does
        not contain an old text exactly once, or the result does not compile.
        """
        texts, right = [old, new, *more], self.exercise.right

        def source(where: str) -> str:
            if right is None or not self.mistake.name or len(texts) % 2:
                words = N_(
                    "{where} needs a name, a right answer above it, and pairs of old and new "
                    "text. Add what is missing."
                )
                raise DeclarationError(words, where)
            pairs = list(zip(texts[::2], texts[1::2]))
            return self.exercise.standing_alone(right, where, change=lambda text: changed(text, pairs, where))

        return self._add(self.mistake.name, source)

    def _add(self, name: str, source: Callable[[str], str]) -> Mistake:
        where, made = self.exercise.place("mistake", name), self.mistake
        unknown = made.fails - {check.name for check in self.exercise.checks}
        for is_wrong, words in (
            (not made.fails, NO_CHECK),
            (unknown, UNKNOWN),
            (not made.says.strip(), NO_MESSAGE),
            (not made.costs or not made.costs <= made.fails, WRONG_COSTS),
            (any(name == known.name for known in self.exercise.mistakes), TWICE),
        ):
            if is_wrong:
                raise DeclarationError(words, where, unknown=", ".join(sorted(unknown)))
        made = dataclasses.replace(made, name=name, source=source(where))
        self.exercise.mistakes.append(made)
        return made


NO_CHECK = N_("{where} fails no check. Declare checks above it, and name some in fails=.")
UNKNOWN = N_("{where} must fail checks that are declared above it. These are not: {unknown}.")
NO_MESSAGE = N_("{where} has no message. Write what the student should read.")
WRONG_COSTS = N_("{where} must cost at least one of the checks in fails=, and no others. Correct costs=.")


def changed(text: str, pairs: list[tuple[str, str]], where: str) -> str:
    """The right answer's text with each old text replaced.  Raises DeclarationError, which says where."""
    made = text
    for old, new in pairs:
        if made.count(old) != 1:
            words = N_(
                "{where} replaces `{old}`, which occurs {count} times in the right answer. "
                "Write a text that occurs once."
            )
            raise DeclarationError(words, where, old=old, count=made.count(old))
        made = made.replace(old, new)
    try:
        compile(made, "mistake", "exec", dont_inherit=True)
    except SyntaxError as error:
        words = N_("{where} turns the right answer into invalid Python ({error}). Correct the new text.")
        raise DeclarationError(words, where, error=error.msg) from None
    return made
