"""Draws cases from a strategy and shrinks them: the same in every process, whatever is drawn."""

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from autograder import patches, wire

_ALWAYS = settings(
    database=None,  # one student's failure must not steer the next one's grade
    deadline=None,  # the worker limits time
    suppress_health_check=list(
        HealthCheck
    ),  # slow or large inputs are the author's choice
    report_multiple_bugs=False,
)


class _Enough(BaseException):
    """Ends a search; Hypothesis lets it pass, as it would not an Exception."""


def draw(
    strategy: st.SearchStrategy[dict[str, Any]], count: int, number: int
) -> list[dict[str, Any]]:
    """`count` different cases, or all that there are, from a seed number."""
    # By their frames: Hypothesis counts ways to draw a case, not cases.
    cases: dict[bytes, dict[str, Any]] = {}

    @seed(number)
    @settings(_ALWAYS, max_examples=4 * count, phases=[Phase.generate])
    @given(strategy)
    def collect(case: dict[str, Any]) -> None:
        cases.setdefault(wire.pack(case), case)
        if len(cases) == count:
            raise _Enough

    with patches.without_mined_constants(), contextlib.suppress(_Enough):
        collect()
    return [*cases.values()]


def shrink(
    strategy: st.SearchStrategy[dict[str, Any]],
    number: int,
    examples: int,
    fails: Callable[[dict[str, Any]], bool],
    tries: int,
) -> None:
    """Call `fails` on smaller and smaller cases, at most `tries` times.

    Hypothesis's search takes the same path for all students who fail alike.  number: a
    seed.  examples: how many cases Hypothesis may plan for, the same in each search.  An
    exception from `fails` ends the search.
    """
    count = 0
    problem: Exception | None = None

    def counted(case: dict[str, Any]) -> bool:
        nonlocal count, problem
        if count == tries:
            raise _Enough
        count += 1
        try:
            return fails(case)
        except Exception as error:  # Hypothesis would take it for a failure
            problem = error
            raise _Enough from None

    options = settings(
        _ALWAYS, max_examples=examples, phases=[Phase.generate, Phase.shrink]
    )
    with (
        patches.without_mined_constants(),
        contextlib.suppress(_Enough, HypothesisException),
    ):
        find(strategy, counted, settings=options, random=Random(number))
    if problem is not None:
        raise problem
