"""An assignment's cases: drawn once, the same bytes for everybody, and read smallest first."""

import functools

from autograder import wire
from autograder.authoring import Exercise, seeded, tensors
from autograder.judging import cases
from autograder.judging.cases import Cases

double = Exercise("double", order=1)


@double.check(points=1, given=tensors(x="n"), hint="h")
def doubles(double, x):
    """doubles each number"""


@double.check(points=1, given=tensors(x="n m"), cases=20, hint="h")
def doubles_matrices(double, x):
    """doubles a matrix"""


@double.check(points=1, given=tensors(x="n"), hint="h")
def leaves_x_alone(double, x):
    """makes a new tensor"""


@double.check(points=1, same_cases_as=[doubles_matrices, doubles], hint="h")
def has_a_gradient(double, x):
    """lets gradients through"""


@double.check(points=1, hint="h")
def is_fast(double):
    """takes a million numbers"""


@functools.cache
def drawn() -> Cases:
    """Not while tests are collected: it takes most of a second."""
    return cases.draw("tiny", [double], 1)


def cases_of(name: str) -> list[dict]:
    """What was drawn for a check, as it lies there."""
    return wire.opened(drawn().frames[f"double.{name}"])


def test_cases_are_equal_bytes():
    """The same seed, the same hash; a case comes out as it went in."""
    other = cases.draw("tiny", [double], 1)
    assert (drawn(), drawn().hash) == (other, other.hash)
    assert drawn().hash != cases.draw("tiny", [double], 2).hash
    assert [100, 20, 1] == [len(cases_of(name)) for name in ("doubles", "doubles_matrices", "is_fast")]
    assert [{}] == cases_of("is_fast")
    assert all(case["x"].dim() == 2 for case in cases_of("doubles_matrices"))
    assert ("tiny", 1) == (drawn().assignment, drawn().seed)


def test_a_check_has_cases_of_its_own():
    """Two checks with one strategy do not share them, and a check more leaves the others' as they were."""
    assert drawn().frames["double.doubles"] != drawn().frames["double.leaves_x_alone"]
    alone = Exercise("double", 1, checks=double.checks[1:2])
    key = "double.doubles_matrices"
    assert {key: drawn().frames[key]} == cases.draw("tiny", [alone], 1).frames


def test_a_check_may_have_the_cases_of_others():
    """Each group as it was drawn, in the order in which the checks were declared; nothing is drawn twice."""
    groups = drawn().groups(double.checks[3])
    assert [100, 20] == [len(group) for group in groups]
    assert wire.pack(groups[0]) == drawn().frames["double.doubles"]
    assert wire.pack(groups[1]) == drawn().frames["double.doubles_matrices"]
    assert "double.has_a_gradient" not in drawn().frames
    assert 120 == double.checks[3].cases
    assert [20] == [len(group) for group in drawn().groups(double.checks[1])]


def test_the_one_case_of_a_check_that_is_asked_alone_is_drawn():
    """Hypothesis's first is the simplest, whatever the seed: anybody could work that out."""
    large = Exercise("large", order=1)

    @large.check(points=1, given=tensors(x="n", largest=50), sequential=True, hint="h")
    def takes_many(large, x):
        """takes many numbers"""

    frames = [cases.draw("tiny", [large], seed).frames["large.takes_many"] for seed in range(5)]
    assert [1] * 5 == [len(wire.opened(frame)) for frame in frames]
    assert 5 == len(set(frames))


def test_a_case_beyond_is_drawn_once_before_the_others():
    """Each by a strategy of its own, and for another seed another one."""
    large = Exercise("large", order=1)

    @large.check(points=1, given=tensors(x="n"), cases=5, edge_cases=[seeded(x="300")] * 2, hint="h")
    def takes_many(large, x):
        """takes many numbers"""

    each_drawn = [
        wire.opened(cases.draw("tiny", [large], seed).frames["large.takes_many"]) for seed in (1, 2)
    ]
    assert [7, 7] == [len(each) for each in each_drawn]
    beyond = [case["x"] for each in each_drawn for case in each[:2]]
    assert [300] * 4 == [len(x) for x in beyond]
    assert 4 == len({tuple(x.tolist()) for x in beyond})
