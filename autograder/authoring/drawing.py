"""How cases are drawn from a strategy, and made smaller: the same in every process.

Knows nothing of exercises, nor of what is drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any, cast

from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from autograder import patches, wire

REMEMBERED = 1000  # cases of a check's searches, some 500 bytes each


_ALWAYS = settings(
    database=None,  # one student's failure must not steer the next one's grade
    deadline=None,  # time is the worker's affair
    suppress_health_check=list(HealthCheck),  # slow or large inputs are the author's choice
    report_multiple_bugs=False,
)


class _Enough(BaseException):
    """Ends a search; Hypothesis lets it pass, as it would not an Exception."""


def draw(strategy: st.SearchStrategy[dict[str, Any]], count: int, number: int) -> list[dict[str, Any]]:
    """`count` different cases, or all that there are, from a seed number."""
    cases: list[dict[str, Any]] = []
    seen: set[bytes] = set()

    @seed(number)
    @settings(_ALWAYS, max_examples=4 * count, phases=[Phase.generate])
    @given(strategy)
    def collect(case: dict[str, Any]) -> None:
        known = wire.pack(case)
        if known not in seen:  # Hypothesis counts ways to draw a case, not cases
            seen.add(known)
            cases.append(case)
        if len(cases) == count:
            raise _Enough

    with patches.without_mined_constants(), contextlib.suppress(_Enough):
        collect()
    return cases


class Shrinker:
    """Hypothesis's search for small cases that fail, which is the same for all who fail alike.

    What it tries next depends on nothing but which cases failed so far.  So the case after these is
    remembered: to have Hypothesis find it takes ten times as long as to try it.
    number: a seed.  tries: the most calls in a search.
    """

    def __init__(self, strategy: st.SearchStrategy[dict[str, Any]], number: int, tries: int):
        self.strategy, self.number, self.tries = strategy, number, tries
        self.next: dict[str, bytes | None] = {}  # "1" for each that failed, else "0" -> the next, packed

    def shrink(self, fails: Callable[[dict[str, Any]], bool], tries: int) -> None:
        """Call `fails` on one case after another, the smaller the better, but no more than `tries` times.

        Whatever `fails` raises ends the search.
        """
        past = ""
        while len(past) < tries and past in self.next:
            frame = self.next[past]
            if frame is None:
                return
            past += _digit(fails(cast(dict[str, Any], wire.opened(frame))))
        if len(past) < tries:
            self._search(past, fails, tries)

    def _search(self, past: str, fails: Callable[[dict[str, Any]], bool], tries: int) -> None:
        """From the start, as Hypothesis must; but what was tried in this search is not tried again."""
        count = 0
        problem: Exception | None = None

        def counted(case: dict[str, Any]) -> bool:
            nonlocal past, count, problem
            if count == tries:
                raise _Enough
            self._remember(past[:count], case)
            if count == len(past):
                try:
                    past += _digit(fails(case))
                except Exception as error:  # Hypothesis would take it for a failure
                    problem = error
                    raise _Enough from None
            count += 1
            return past[count - 1] == "1"

        options = settings(_ALWAYS, max_examples=self.tries, phases=[Phase.generate, Phase.shrink])
        with patches.without_mined_constants(), contextlib.suppress(_Enough):
            with contextlib.suppress(HypothesisException):
                find(self.strategy, counted, settings=options, random=Random(self.number))
            self._remember(past, None)
        if problem is not None:
            raise problem

    def _remember(self, past: str, case: dict[str, Any] | None) -> None:
        if past not in self.next and len(self.next) < REMEMBERED:
            self.next[past] = None if case is None else wire.pack(case)


def _digit(failed: bool) -> str:
    return "1" if failed else "0"
