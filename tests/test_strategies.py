"""Cases: the same for the same seed wherever they are drawn, many, and of shapes that fit together."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from process_helpers import PATIENCE

from autograder import exercises, wire
from autograder.authoring import drawing
from autograder.authoring.exercise import Exercise
from autograder.authoring.strategies import datasets, tensors
from autograder.judging import cases
from autograder.settings import PUBLIC_SEED as SEED

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENTS = exercises.assignments()
SMALL = min(ASSIGNMENTS, key=lambda name: len(exercises.of(name)))
CHECKS = [(name, check) for name in ASSIGNMENTS for one in exercises.of(name) for check in one.checks]
DRAWN = [(name, check) for name, check in CHECKS if check.given is not None and not check.same_cases_as]


@functools.cache
def cases_of(assignment):
    """Its cases: drawn here, where an earlier run did not keep them."""
    return cases.cases_of(assignment, SEED)


def key_of(check) -> str:
    return f"{check.exercise}.{check.name}"


def drawn(assignment, check) -> list[dict]:
    """The cases of a check, as they were drawn for its assignment."""
    return wire.opened(cases_of(assignment).frames[key_of(check)])


# The same everywhere.

ELSEWHERE = """
import sys
{before}
import json
from autograder import exercises
from autograder.judging import cases
{between}
print(json.dumps({{n: cases.draw(n, exercises.of(n), {seed}).hash for n in {names}}}))
"""
PROFILE = """
import hypothesis
hypothesis.settings.register_profile("odd", max_examples=7, derandomize=True, deadline=1)
hypothesis.settings.load_profile("odd")
hypothesis.seed(5)
import random, numpy, torch
random.seed(3), numpy.random.seed(3), torch.manual_seed(3)
"""
MODULE = """
LIMIT = 7.25
SIZES = [31, 123456, 234567, 345678, 456789, 567891, 678912, 789123, 31337, 99991]
WORDS = ["only", "here", -17.75]

def f(x):
    return x * 5.5 + 13
"""


def hashes(folder: Path, before: str, between: str, **environment) -> dict:
    """The hashes of cases, drawn in a fresh process that lives in a folder."""
    program = ELSEWHERE.format(before=before, between=between, seed=SEED, names=ASSIGNMENTS)
    env = {k: v for k, v in os.environ.items() if k != "CI"} | environment
    env["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(folder)))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_cases_are_the_same_in_another_process(tmp_path):
    """With other modules loaded, from another folder, with a profile, as in CI, after other draws."""
    (tmp_path / "constants_here.py").write_text(MODULE)
    got = hashes(
        tmp_path,
        before="import constants_here, sqlite3, xml.dom, decimal\n" + PROFILE,
        between=f"{PROFILE}hypothesis.find(hypothesis.strategies.integers(), lambda x: x > 40)",
        CI="true",
        GITHUB_ACTIONS="true",
        PYTHONHASHSEED="7",
    )
    assert {name: cases_of(name).hash for name in ASSIGNMENTS} == got
    assert not (tmp_path / ".hypothesis" / "examples").exists()


def test_cases_are_the_same_when_drawn_again():
    """In this process, under pytest with its plugin."""
    assert cases_of(SMALL) == cases.draw(SMALL, exercises.of(SMALL), SEED)


def test_cases_are_others_for_another_seed():
    """So that a course can draw its own."""
    other = cases.draw(SMALL, exercises.of(SMALL), SEED + 1)
    changed = [key for key, frame in other.frames.items() if frame != cases_of(SMALL).frames[key]]
    assert [key_of(check) for assignment, check in DRAWN if assignment == SMALL] == changed
    assert cases_of(SMALL).hash != other.hash


def test_a_check_s_cases_do_not_depend_on_its_neighbours():
    """Adding one leaves the others' cases."""
    one = exercises.of(SMALL)[0]
    alone = Exercise(one.name, one.order, checks=one.checks[1:2])
    key = key_of(one.checks[1])
    assert {key: cases_of(SMALL).frames[key]} == cases.draw(SMALL, [alone], SEED).frames


def test_drawing_leaves_nothing_behind(tmp_path, monkeypatch):
    """No database of examples in the folder of whoever grades."""
    monkeypatch.chdir(tmp_path)
    drawing.draw(tensors(a="n"), 20, 1)
    drawing.Shrinker(tensors(a="n"), 1, 50).shrink(lambda case: len(case["a"]) > 1, 50)
    left = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if "examples" in p.parts]
    assert [] == left


# Many, and telling.


def test_cases_are_many_and_distinct_and_cross_the_wire():
    """As many as the check asks for, none twice; none loses a part on its way to a judge, or is infinite."""
    for assignment, check in DRAWN:
        found = drawn(assignment, check)
        assert check.cases == len(found) == len({wire.pack(case) for case in found}), check.name
        for value in (value for case in found for value in case.values()):
            assert not isinstance(value, wire.Other)
            if isinstance(value, torch.Tensor):
                assert value.is_contiguous()
                assert value.double().isfinite().all()


def test_a_small_domain_gives_all_that_there_is():
    """Three cases where there are three, each once."""
    strategy = st.fixed_dictionaries({"k": st.integers(1, 3)})
    assert [1, 2, 3] == sorted(case["k"] for case in drawing.draw(strategy, 100, 5))


# The strategies themselves.


def test_axes_of_one_name_have_one_size():
    """And each size occurs."""
    found = drawing.draw(tensors(X="n d", w="d 1", y="n", b="1", c="2 n", largest=4), 100, 3)
    seen = set()
    for case in found:
        n, d = case["X"].shape
        want = {"X": (n, d), "w": (d, 1), "y": (n,), "b": (1,), "c": (2, n)}
        assert want == {key: tuple(value.shape) for key, value in case.items()}
        seen.add((n, d))
    assert {1, 2, 3, 4} == {n for n, _ in seen} == {d for _, d in seen}
    assert len(seen) > 8


@pytest.mark.parametrize(
    ("dtype", "want"), [(np.float32, torch.float32), (np.float64, torch.float64), (np.int64, torch.int64)]
)
def test_tensors_have_the_dtype_asked_for(dtype, want):
    """With elements that fit it; `also` draws further values beside them, and no axis is one number."""
    also = {"lr": st.sampled_from([0.5, 2.0])}
    elements = st.integers(-3, 3)
    found = drawing.draw(tensors(a="n", b="", dtype=dtype, elements=elements, also=also), 30, 3)
    for case in found:
        assert want is case["a"].dtype
        assert case["a"].abs().max() <= 3
        assert () == tuple(case["b"].shape)
    assert {0.5, 2.0} == {case["lr"] for case in found}


@pytest.mark.parametrize("column", [True, False, None])
def test_labels_are_flat_or_a_column(column):
    """As it was asked; both, where it was left open."""
    sizes = st.sampled_from([(4, 2), (5, 3)])
    found = drawing.draw(datasets(sizes=sizes, column=column, dtypes=[torch.float64] * 2), 40, 3)
    dims = {1: False, 2: True}
    assert ({True, False} if column is None else {column}) == {dims[c["labels"].dim()] for c in found}
    for case in found:
        n = len(case["features"])
        assert (n, case["batch_size"]) in {(4, 2), (5, 3)}
        assert n == len(case["labels"]) == case["labels"].numel()
        assert torch.float64 is case["features"].dtype is case["labels"].dtype


# The smallest.


def search(fails, tries=200, number=7, strategy=None):
    """The cases tried, in order."""
    tried = []

    def counted(case):
        tried.append(case)
        return fails(case)

    strategy = tensors(a="n", b="n") if strategy is None else strategy
    drawing.Shrinker(strategy, number, tries).shrink(counted, tries)
    return tried


def test_the_smallest_case_is_found():
    """Two elements, where one does not show it, and the simplest numbers that do."""
    tried = search(lambda case: len(case["a"]) > 1 and bool((case["a"] > 1).any()))
    failing = [case for case in tried if len(case["a"]) > 1 and (case["a"] > 1).any()]
    assert ([0.0, 1.25], [0.0, 0.0]) == (failing[-1]["a"].tolist(), failing[-1]["b"].tolist())


@pytest.mark.parametrize("tries", [1, 7, 40])
def test_a_search_is_bounded_by_its_tries(tries):
    """A count and no time, so that it ends the same on every machine."""
    assert tries >= len(search(lambda case: bool((case["a"] * 8).sum() > 3), tries))
    assert tries == len(search(lambda case: False, tries))


def test_a_search_tries_the_same_cases_again():
    """For one number; others for another."""

    def fails(case):
        return bool(case["a"].sum() > 3)

    def packed(number):
        return [wire.pack(case) for case in search(fails, 60, number)]

    assert packed(7) == packed(7)
    assert packed(7) != packed(8)


def test_those_who_fail_alike_are_searched_once(monkeypatch):
    """The same cases in the same order, without Hypothesis; whoever fails otherwise has his own."""

    def many(case):
        return bool(case["a"].sum() > 3)

    def few(case):
        return many(case) and len(case["a"]) > 2

    shrinker = drawing.Shrinker(tensors(a="n", b="n"), 7, 60)

    def tried(fails, tries=60):
        seen = []
        shrinker.shrink(lambda case: seen.append(wire.pack(case)) or fails(case), tries)
        return seen

    first = tried(many)
    assert [wire.pack(case) for case in search(many, 60)] == first
    assert [wire.pack(case) for case in search(few, 60)] == tried(few)
    monkeypatch.setattr(drawing, "find", lambda *_, **__: pytest.fail("it searched again"))
    assert first == tried(many)
    assert first[:9] == tried(many, 9)


def test_where_nothing_fails_nothing_is_raised():
    """Nor where what fails once passes the next time."""
    assert [] != search(lambda case: False, 30)
    flaky = iter([True] + [False] * 1000)
    assert [] != search(lambda case: next(flaky), 30)


def test_an_exception_of_the_caller_comes_through():
    """A worker that ended is its affair."""

    def fails(case):
        raise ConnectionError("gone")

    tried = []
    with pytest.raises(ConnectionError, match="gone"):
        search(lambda case: tried.append(case) or fails(case))
    assert 1 == len(tried)
