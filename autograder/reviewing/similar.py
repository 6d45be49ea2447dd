"""Groups answers in words that are equal or nearly equal, and marks what differs.

Each answer is compared with every group.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

NEARLY_EQUAL = 0.7  # of all words of two answers, the share that both have
MAX_WORDS = 400  # that are compared; an answer of four sentences has 60
MAX_NORMALIZED = 10_000  # characters of an answer: for accents alone, NFKC takes quadratic time
CONTEXT, DOTS = 3, ("\u22ee", False)  # lines around one that is marked; in place of the others
_WORD = re.compile(r"[\u2e80-\u9fff]|[^\W\u2e80-\u9fff]+")  # Chinese has no blanks between words


@dataclass
class Variant:
    """One text, and who wrote it."""

    ids: list[str]
    pieces: list[tuple[str, bool]]  # the text, each with whether the group's first lacks it


@dataclass
class Group:
    """Answers that are nearly equal, each text once."""

    words: frozenset[str]
    variants: dict[str, Variant] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        return [id for variant in self.variants.values() for id in variant.ids]


def grouped(answers: Mapping[str, str]) -> list[Group]:
    """Return the answers by group, the largest first.  answers: id -> text."""
    groups: list[Group] = []
    for id, text in answers.items():
        start = unicodedata.normalize("NFKC", text[:MAX_NORMALIZED]).casefold()
        plain = " ".join((start + text[MAX_NORMALIZED:]).split())
        words = frozenset(_WORD.findall(plain)[:MAX_WORDS])
        group = next((group for group in groups if _is_near(group.words, words)), None)
        if group is None:
            groups.append(group := Group(words))
        variant = group.variants.setdefault(plain, Variant([], _marked(text, group.words)))
        variant.ids.append(id)
    return sorted(groups, key=lambda group: -len(group.ids))


def marked_lines(texts: Mapping[str, str]) -> dict[str, list[tuple[str, bool]]]:
    """Return the lines of each text that another text lacks, marked, and those around them."""
    lines = {name: text.splitlines() for name, text in texts.items()}
    same = {"", *(set.intersection(*map(set, lines.values())) if lines else ())}
    return {name: _around([(line, line not in same) for line in own]) for name, own in lines.items()}


def _around(lines: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return the marked lines, if any, and CONTEXT before and after each; dots stand for the others."""
    marked = [at for at, (_, is_new) in enumerate(lines) if is_new] or range(len(lines))
    near = {at + step for at in marked for step in range(-CONTEXT, CONTEXT + 1)}
    shown: list[tuple[str, bool]] = []
    for is_near, run in groupby(range(len(lines)), near.__contains__):
        shown += [lines[at] for at in run] if is_near else [DOTS]
    return shown


def _is_near(some: frozenset[str], others: frozenset[str]) -> bool:
    return some == others or len(some & others) >= NEARLY_EQUAL * len(some | others) > 0


def _marked(text: str, words: frozenset[str]) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it is a word that is not among `words`."""
    pieces = []
    for number, piece in enumerate(re.split(f"({_WORD.pattern})", text)):  # each second one is a word
        is_new = number % 2 == 1 and unicodedata.normalize("NFKC", piece).casefold() not in words
        pieces.append((piece, is_new))
    return pieces
