"""Cases: the same for the same seed wherever they are drawn, many, and of shapes that fit
together.
"""

import functools
import re

import pytest
from hypothesis import strategies as st

from autograder import wire
from autograder.authoring import Exercise, drawing
from autograder.authoring.contract import FLOAT32
from autograder.authoring.strategies import (
    LARGE,
    MOST,
    given_of,
    probabilities,
    tensors,
    varied,
)
from autograder.errors import DeclarationError
from autograder.judging import cases


def test_a_small_domain_gives_all_that_there_is():
    """Three cases where there are three, each once."""
    strategy = st.fixed_dictionaries({"k": st.integers(1, 3)})
    assert sorted(case["k"] for case in drawing.draw(strategy, 100, 5)) == [
        1,
        2,
        3,
    ]


def test_axes_of_one_name_have_one_size():
    """And each size occurs."""
    found = drawing.draw(
        tensors(X="n d", w="d 1", y="n", b="1", c="2 n", largest=4), 100, 3
    )
    seen = set()
    for case in found:
        n, d = case["X"].shape
        want = {"X": (n, d), "w": (d, 1), "y": (n,), "b": (1,), "c": (2, n)}
        assert {key: tuple(value.shape) for key, value in case.items()} == want
        seen.add((n, d))
    assert {1, 2, 3, 4} == {n for n, _ in seen} == {d for _, d in seen}
    assert len(seen) > 8


def test_an_axis_has_its_smallest_size():
    """A number, or another axis's size; in small cases, and in those of a contract."""
    small = tensors(X="n h>=kh q>=2", K="kh", y="q")
    wide = varied(given_of(small), {"kh": (7,), "q": (1,)}, FLOAT32)
    for case in (*drawing.draw(small, 60, 3), *drawing.draw(wide, 10, 3)):
        _, h, q = case["X"].shape
        assert h >= len(case["K"])
        assert q >= 2
        assert len(case["y"]) == q
    assert {case["X"].shape[2] for case in drawing.draw(small, 60, 3)} == {
        2,
        3,
        4,
        5,
    }


def test_a_contract_draws_the_numbers_that_the_author_names():
    """In its own small cases and in the large ones; without ties, if there are to be none."""
    positive = tensors(X="n q", elements=st.sampled_from([0.5, 1.0, 3.0]))
    wide = varied(given_of(positive), {"n": (70,)}, FLOAT32)
    for case in (*drawing.draw(positive, 20, 3), *drawing.draw(wide, 5, 3)):
        assert {*case["X"].flatten().tolist()} <= {0.5, 1.0, 3.0}
    apart = tensors(X="n q", p=probabilities("n"), ties=False)
    wide = varied(given_of(apart), {"n": (70,)}, FLOAT32)
    for case in (*drawing.draw(apart, 20, 3), *drawing.draw(wide, 5, 3)):
        assert [len(case[name].unique()) for name in ("X", "p")] == [
            case["X"].numel(),
            len(case["p"]),
        ]


def test_a_parameter_with_a_default_is_left_out_of_some_cases():
    """As a caller may leave it out."""
    power = Exercise("power")
    power.answer(to_the_power)
    given = tensors(x="n", also={"k": st.just(2)})
    power.contract(given=given, points={"value": 1})
    for check in power.checks:
        assert {tuple(case) for case in drawing.draw(check.given, 40, 3)} == {
            ("x",),
            ("x", "k"),
        }


def to_the_power(x, k=3):
    return x**k


def unchanged(X):
    """Give X itself."""
    return X


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (
            {"given": tensors(X="n q").filter(lambda case: True)},
            'For a smallest size, write X="n q>=2"',
        ),
        (
            {"given": tensors(X="n q"), "points": {"gradient": 1}},
            "has no check 'gradient'. Choose one of value, ",
        ),
    ],
    ids=["filter", "points"],
)
def test_a_contract_says_what_it_cannot_take(declared, words):
    """And what to write in its place."""
    one = Exercise("one")
    one.answer(unchanged)
    with pytest.raises(DeclarationError, match=re.escape(words)):
        one.contract(**{"points": {"value": 1}} | declared)


def search(fails, tries=200, number=7, strategy=None):
    """The cases tried, in order."""
    tried = []

    def counted(case):
        tried.append(case)
        return fails(case)

    strategy = tensors(a="n", b="n") if strategy is None else strategy
    drawing.shrink(strategy, number, tries, counted, tries)
    return tried


@pytest.mark.parametrize("shape", ["n 1 28 28", "n 3 32 32", "n 100 100 d"])
def test_a_case_of_a_contract_has_no_more_numbers_than_fit(shape):
    """Literal axes make its large axes smaller."""
    given = given_of(tensors(X=shape))
    for axis in given.names:
        found = drawing.draw(varied(given, {axis: (LARGE,)}, FLOAT32), 3, 1)
        sizes = [case["X"].numel() for case in found]
        assert max(sizes) <= MOST < 4 * max(sizes)


def test_the_smallest_case_is_found():
    """Two elements, where one does not show it, and the simplest numbers that do."""
    tried = search(
        lambda case: len(case["a"]) > 1 and bool((case["a"] > 1).any())
    )
    failing = [
        case for case in tried if len(case["a"]) > 1 and (case["a"] > 1).any()
    ]
    assert failing[-1]["a"].tolist() == [0.0, 1.25]
    assert failing[-1]["b"].tolist() == [0.0, 0.0]


double = Exercise("double")


@double.check(points=1, given=tensors(x="n"))
def doubles(double, x):
    """doubles each number"""


@double.check(points=1, given=tensors(x="n m"), cases=20)
def doubles_matrices(double, x):
    """doubles a matrix"""


@double.check(points=1, given=tensors(x="n"))
def leaves_x_alone(double, x):
    """makes a new tensor"""


@double.check(points=1, same_cases_as=[doubles_matrices, doubles])
def has_a_gradient(double, x):
    """lets gradients through"""


@double.check(points=1)
def is_fast(double):
    """takes a million numbers"""


@functools.cache
def drawn():
    """Not while tests are collected: it takes most of a second."""
    return cases.draw("tiny", [double], 1)


def cases_of(name):
    """What was drawn for a check, as it lies there."""
    return wire.opened(drawn().frames[f"double.{name}"])


def test_cases_are_equal_bytes():
    """The same seed, the same hash; a case comes out as it went in."""
    other = cases.draw("tiny", [double], 1)
    assert other == drawn()
    assert other.hash == drawn().hash
    assert drawn().hash != cases.draw("tiny", [double], 2).hash
    assert [
        len(cases_of(name))
        for name in ("doubles", "doubles_matrices", "is_fast")
    ] == [100, 20, 1]
    assert cases_of("is_fast") == [{}]
    assert all(case["x"].dim() == 2 for case in cases_of("doubles_matrices"))
    assert drawn().assignment == "tiny"
    assert drawn().seed == 1


def test_a_check_may_have_the_cases_of_others():
    """Each group as it was drawn, in the order in which the checks were declared; nothing is
    drawn twice.
    """
    groups = drawn().groups(double.checks[3])
    assert [len(group) for group in groups] == [100, 20]
    assert drawn().frames["double.doubles"] == wire.pack(groups[0])
    assert drawn().frames["double.doubles_matrices"] == wire.pack(groups[1])
    assert "double.has_a_gradient" not in drawn().frames
    assert double.checks[3].cases == 120
    assert [len(group) for group in drawn().groups(double.checks[1])] == [20]
