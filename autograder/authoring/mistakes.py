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
UNKNOWN = "?"  # in place of checks that the author does not know yet


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the checks that it fails, and the words that explain it.

    sources: the wrong answer as a program, in each style of the right one that it fits.
    broken: the checks that each mistake in it breaks; most are a single one.
    replaced: the texts of the right answer that it replaces, each before the new one.
    is_unknown: whether its author does not know yet which checks it fails.
    declared_at: the file and line that declare it.
    """

    name: str
    says: str
    sources: tuple[str, ...]
    broken: tuple[frozenset[str], ...]
    replaced: tuple[str, ...] = ()
    is_unknown: bool = False
    declared_at: str = ""

    @property
    def source(self) -> str:
        """The wrong answer in the first style."""
        return self.sources[0]

    @property
    def fails(self) -> frozenset[str]:
        """The checks that it fails."""
        return frozenset[str]().union(*self.broken)


@dataclass(frozen=True)
class MistakeDecorator:
    """A mistake without its code: decorate a function with it, or call `replace`."""

    exercise: Exercise
    name: str
    says: str
    fails: Checks
    declared_at: str
    # the mistakes that are all in it, in place of `fails`
    together: Sequence[Mistake] = ()

    def __call__(self, function: Function) -> Function:
        name = self.name or function.__name__
        where = self.exercise.place("mistake", name)
        self._add(name, [self.exercise.source_of(function, where)])
        return function

    def replace(self, *texts: str) -> Mistake:
        """Take the right answer with one text in place of another, in each style that has it.

        texts: the old and the new one, and further such pairs.  The right answer
        is compared as it is written, with its spaces and line breaks.  Raises DeclarationError
        if it does not contain each old text exactly once, or the result does not compile.
        """
        exercise = self.exercise
        where = exercise.place("mistake", self.name)
        # In a dict, because two styles may differ only in what is replaced.
        sources = {
            exercise.rewritten(exercise.right_source, texts, where): None
        }
        for style in exercise.styles:
            if all(old in style for old in texts[::2]):
                sources[exercise.rewritten(style, texts, where)] = None
        return self._add(self.name, sources, texts)

    def _add(
        self, name: str, sources: Iterable[str], replaced: tuple[str, ...] = ()
    ) -> Mistake:
        where = self.exercise.place("mistake", name)
        checks = [check.name for check in self.exercise.checks]
        fails = self.fails
        if fails == UNKNOWN:
            fails = checks
        broken = [mistake.fails for mistake in self.together]
        if not broken:
            names = {getattr(check, "__name__", check) for check in fails}
            # A mistake changes what an answer returns, and no style.
            for check in self.exercise.checks:
                if check.of_style:
                    names.discard(check.name)
            broken = [frozenset(map(str, names))]
        mistake = Mistake(
            name,
            self.says,
            tuple(sources),
            tuple(broken),
            replaced,
            self.fails == UNKNOWN,
            self.declared_at,
        )
        unknown = mistake.fails.difference(checks)
        earlier = [declared.name for declared in self.exercise.mistakes]
        for is_wrong, sentence in (
            (not mistake.fails, FAILS_NONE),
            (unknown, FAILS_UNKNOWN),
            (not self.says.strip(), NO_MESSAGE),
            (name in earlier, TWICE),
        ):
            if is_wrong:
                listed = ", ".join(sorted(unknown))
                raise DeclarationError(sentence, where, unknown=listed)
        self.exercise.mistakes.append(mistake)
        return mistake


NO_MESSAGE = N_("{where} has no message. Write what the student should read.")
FAILS_NONE = N_(
    "{where} fails no check. Declare checks above it, and name some in fails=."
)
FAILS_UNKNOWN = N_(
    "{where} must fail checks that are declared above it. These are not: {unknown}."
)


def replaced(text: str, texts: Sequence[str], where: str) -> str:
    """Return a right answer with each old text in turn replaced by the one after it.

    Raises DeclarationError, or ValueError if one lacks its other.
    """
    for old, new in zip(texts[::2], texts[1::2], strict=True):
        count = text.count(old)
        if count != 1:
            raise DeclarationError(
                "{where} replaces `{old}`, which occurs {count} times in the right answer. Write "
                "a text that occurs once.",
                where,
                old=old,
                count=count,
            )
        text = text.replace(old, new)
    try:
        compile(text, "mistake", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise DeclarationError(
            "{where} turns the right answer into invalid Python ({error}). Correct the new text.",
            where,
            error=error.msg,
        ) from None
    return text
