"""Known mistakes: wrong answers, as functions or changes of the right one, with words for a
student.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.authoring.checks import TWICE
from autograder.authoring.values import Function
from autograder.errors import N_, DeclarationError

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

Checks = Iterable[Function | str]
Pairs = tuple[tuple[str, str], ...]  # old and new texts
OPEN = "?"  # in place of checks that the author does not know yet


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the checks that it fails, and the words that explain it.

    sources: the wrong answer as a program, in each style of the right one that it fits.
    causes: the checks that each mistake in it breaks; most are a single one.
    replaced: the texts of the right answer that it replaces.
    is_open: whether its author does not know yet which checks it fails.
    place: the file and line that declare it.
    """

    name: str
    says: str
    sources: tuple[str, ...]
    causes: tuple[frozenset[str], ...]
    replaced: Pairs = ()
    is_open: bool = False
    place: str = ""

    @property
    def source(self) -> str:
        """The wrong answer in the first style."""
        return self.sources[0]

    @property
    def fails(self) -> frozenset[str]:
        """The checks that it fails."""
        return frozenset[str]().union(*self.causes)


@dataclass(frozen=True)
class MistakeDecorator:
    """A mistake without its code: decorate a function with it, or call `replace`."""

    exercise: Exercise
    name: str
    says: str
    fails: Checks
    place: str
    # the mistakes that are all in it, in place of `fails`
    together: Sequence[Mistake] = ()

    def __call__(self, function: Function) -> Function:
        name = self.name or function.__name__
        where = self.exercise.place("mistake", name)
        self._add(name, (self.exercise.source_of(function, where),))
        return function

    def replace(self, *texts: str) -> Mistake:
        """Take the right answer with one text in place of another, in each style that has it.

        texts: the old and the new one, and further such pairs.  The right answer
        is compared as it is written, with its spaces and line breaks.  Raises DeclarationError
        if it does not contain each old text exactly once, or the result does not compile.
        """
        exercise = self.exercise
        right = exercise.right_answer()
        where = exercise.place("mistake", self.name)
        pairs = pairs_of(*texts)
        rewritten = [replaced(exercise.text, pairs, where)]
        for text in exercise.styles:
            if all(old in text for old, _ in pairs):
                rewritten.append(replaced(text, pairs, where))
        sources = []
        for text in dict.fromkeys(rewritten):
            sources.append(exercise.source_of(right, where, text))
        return self._add(self.name, tuple(sources), pairs)

    def _add(
        self, name: str, sources: tuple[str, ...], replaced: Pairs = ()
    ) -> Mistake:
        where = self.exercise.place("mistake", name)
        checks = [check.name for check in self.exercise.checks]
        fails = self.fails
        if fails == OPEN:
            fails = checks
        causes = [mistake.fails for mistake in self.together]
        if not causes:
            names = {getattr(check, "__name__", check) for check in fails}
            # A mistake changes what an answer returns, and no style.
            for check in self.exercise.checks:
                if check.of_style:
                    names.discard(check.name)
            causes = [frozenset(map(str, names))]
        mistake = Mistake(
            name,
            self.says,
            sources,
            tuple(causes),
            replaced,
            self.fails == OPEN,
            self.place,
        )
        unknown = mistake.fails.difference(checks)
        earlier = [declared.name for declared in self.exercise.mistakes]
        for is_wrong, sentence in (
            (not mistake.fails, NO_CHECK),
            (unknown, UNKNOWN),
            (not self.says.strip(), NO_MESSAGE),
            (name in earlier, TWICE),
        ):
            if is_wrong:
                listed = ", ".join(sorted(unknown))
                raise DeclarationError(sentence, where, unknown=listed)
        self.exercise.mistakes.append(mistake)
        return mistake


NO_MESSAGE = N_("{where} has no message. Write what the student should read.")
NO_CHECK = N_(
    "{where} fails no check. Declare checks above it, and name some in fails=."
)
UNKNOWN = N_(
    "{where} must fail checks that are declared above it. These are not: {unknown}."
)
NOT_ONCE = N_(
    "{where} replaces `{old}`, which occurs {count} times in the right answer. "
    "Write a text that occurs once."
)
INVALID = N_(
    "{where} turns the right answer into invalid Python ({error}). Correct the new text."
)


def pairs_of(*texts: str) -> Pairs:
    """Return the pairs of old and new texts.  Raises ValueError if one lacks its other."""
    return tuple(zip(texts[::2], texts[1::2], strict=True))


def replaced(text: str, pairs: Pairs, where: str) -> str:
    """Return the right answer's text with each old text replaced.  Raises DeclarationError."""
    if not pairs:
        return text
    places = []
    for old, new in pairs:
        count = text.count(old)
        if count != 1:
            raise DeclarationError(NOT_ONCE, where, old=old, count=count)
        places.append((text.index(old), old, new))
    # from the last place on, so that no new text moves or makes another old one
    for start, old, new in sorted(places, reverse=True):
        text = text[:start] + new + text[start + len(old) :]
    try:
        compile(text, "mistake", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise DeclarationError(INVALID, where, error=error.msg) from None
    return text
