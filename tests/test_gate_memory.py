"""The gate's memory: it saves judging the reference again, and opens anew where anything is another."""

from __future__ import annotations

import dataclasses
import json
import shutil
from types import SimpleNamespace

import pytest

from autograder import cache, exercises
from autograder.judging import gate, gate_memory
from autograder.judging.gate import BrokenGate
from autograder.settings import Settings

SMALL = min(exercises.assignments(), key=lambda name: len(exercises.of(name)))


class Gate:
    """A judge as the memory sees it, a cache of its own, and how often the gate was really opened."""

    def __init__(self, judge, home):
        self.settings, self.cases = judge.settings, judge.cases
        self.sandbox = SimpleNamespace(walls=judge.sandbox.walls)
        self.home, self.opened, self.broken = home, 0, False
        self.keys_of_right, self.known = {"linreg.is_right": b"k" * 16}, []
        self.know_right = self.known.append

    def check(self, _):
        self.opened += 1
        if self.broken:
            raise BrokenGate("nobody was graded: it is broken")


@pytest.fixture
def opens(judges, tmp_path, monkeypatch):
    """A gate that stood open once, whose notebooks can be changed."""
    judge = judges[SMALL]  # opened where its notebooks and its cache are those of all tests
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for kind in ("solutions", "assignments"):
        shutil.copytree(gate.folder(kind) / SMALL, tmp_path / kind / SMALL)
    monkeypatch.setattr(gate, "folder", lambda kind: tmp_path / kind)
    one = Gate(judge, tmp_path)
    monkeypatch.setattr(gate, "check", one.check)
    assert (False, 1) == (gate_memory.check(one), one.opened)
    return one


def test_what_stood_open_is_remembered(opens):
    """It is opened once, however often it is asked."""
    assert [True, True] == [gate_memory.check(opens) for _ in range(2)]
    assert 1 == opens.opened


def test_so_is_what_the_reference_answered(opens):
    """A judge that did not open the gate itself knows it as well."""
    opens.known.clear()
    gate_memory.recall(opens)
    assert [opens.keys_of_right] == opens.known


def test_a_judge_beside_it_opens_no_gate(opens, monkeypatch):
    """Where nothing is remembered, it waits for the one that does."""
    another_machine(opens, monkeypatch)
    opens.known.clear()
    gate_memory.recall(opens)
    assert ([{}], 1) == (opens.known, opens.opened)


def another_kit(opens, monkeypatch):
    monkeypatch.setattr(cache, "KIT", "another")


def another_version(name):
    def change(opens, monkeypatch):
        versions = {**cache.versions(), name: "9"}
        monkeypatch.setattr(cache, "versions", lambda: versions)
        monkeypatch.setattr(cache, "KIT", cache._kit())

    return change


def another_python(opens, monkeypatch):
    monkeypatch.setattr(gate_memory.sys, "version", "4.0")


def another_machine(opens, monkeypatch):
    monkeypatch.setattr(gate_memory.platform, "uname", lambda: ("Linux", "elsewhere"))


def another_ipython(opens, monkeypatch):
    monkeypatch.setattr(cache, "version", lambda package: "9")


def another_notebook(kind):
    def change(opens, monkeypatch):
        path = opens.home / kind / SMALL / f"{SMALL}.ipynb"
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")

    return change


def without_a_notebook(opens, monkeypatch):
    (opens.home / "solutions" / SMALL / f"{SMALL}.ipynb").unlink()


def another_setting(**changes):
    def change(opens, monkeypatch):
        opens.settings = dataclasses.replace(opens.settings, **changes)

    return change


def other_cases(opens, monkeypatch):
    frames = dict(opens.cases.frames)
    frames[next(iter(frames))] += b"\0"
    opens.cases = dataclasses.replace(opens.cases, frames=frames)


def fewer_walls(opens, monkeypatch):
    opens.sandbox.walls = dataclasses.replace(opens.sandbox.walls, bwrap=not opens.sandbox.walls.bwrap)


STALE = {
    "a line of the kit or of a hidden exercise": another_kit,
    "torch": another_version("torch"),
    "numpy": another_version("numpy"),
    "hypothesis": another_version("hypothesis"),
    "ipython": another_ipython,
    "python": another_python,
    "machine": another_machine,
    "reference": another_notebook("solutions"),
    "no reference": without_a_notebook,
    "stub": another_notebook("assignments"),
    "seed": another_setting(seed=7),
    "memory": another_setting(memory=4096),
    "cases": other_cases,
    "walls": fewer_walls,
}


@pytest.mark.parametrize("part", STALE)
def test_a_part_that_is_another_opens_the_gate_anew(opens, monkeypatch, part):
    """Each that the verdict depends on, by itself; and what was judged before is still known after it."""
    with monkeypatch.context() as patch:
        STALE[part](opens, patch)
        assert (False, 2) == (gate_memory.check(opens), opens.opened)
        assert (True, 2) == (gate_memory.check(opens), opens.opened)


def test_a_changed_line_or_file_of_the_kit_is_another_kit(monkeypatch, tmp_path):
    """Of a hidden exercise too, since all sources are digested."""
    sources, before = cache.sources(), cache._kit()
    changed = tmp_path / sources[-1].name
    changed.write_bytes(sources[-1].read_bytes() + b"#")
    assert any(path.is_relative_to(exercises.FOLDER) for path in sources)
    for other in ([*sources[:-1], changed], sources[:-1]):
        monkeypatch.setattr(cache, "sources", lambda other=other: other)
        assert before != cache._kit()


def test_a_broken_gate_is_not_remembered(opens):
    """It is broken in the next run as well, and open once it is mended."""
    opens.broken = True
    opens.settings = Settings(seed=8)
    for _ in range(2):
        with pytest.raises(BrokenGate):
            gate_memory.check(opens)
    opens.broken = False
    assert (False, 4) == (gate_memory.check(opens), opens.opened)


def test_without_walls_nothing_is_remembered(opens):
    """Student code may have written what lies in the cache."""
    opens.settings = dataclasses.replace(opens.settings, unsafe=True)
    assert [False, False] == [gate_memory.check(opens) for _ in range(2)]
    assert 3 == opens.opened


@pytest.mark.parametrize("planted", ["unsigned", "by another key", "of another gate", "half", "open to all"])
def test_a_planted_file_opens_no_gate(opens, monkeypatch, tmp_path, planted):
    """Only what this user's key has signed, for this very gate, counts."""
    (remembered,) = cache.folder().glob("gate-*")
    opens.broken = True
    opens.settings = dataclasses.replace(opens.settings, seed=9)
    target = cache.folder() / "target"
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_read", lambda path: target.write_text(path.name) and {"open": b""})
        gate_memory.check(opens)
    target = cache.folder() / target.read_text()
    data = remembered.read_bytes()
    if planted == "unsigned":
        target.write_bytes(bytes(cache.SIGNED) + data[cache.SIGNED :])
    elif planted == "by another key":
        other = tmp_path / "others"
        with monkeypatch.context() as patch:
            patch.setattr(cache, "folder", lambda: other)
            cache.made_once(target.name.removesuffix(f"-{cache.KIT}.frames"), lambda: {"open": b""})
        target.write_bytes((other / target.name).read_bytes())
    elif planted == "of another gate":
        shutil.copy(remembered, target)
    elif planted == "half":
        target.write_bytes(data[:-10])
    else:
        cache.made_once(target.name.removesuffix(f"-{cache.KIT}.frames"), lambda: {"open": b""})
        target.chmod(0o666)

    with pytest.raises(BrokenGate):
        gate_memory.check(opens)
    assert 2 == opens.opened


@pytest.mark.slow
def test_the_results_say_how_the_gate_was_opened(tmp_path):
    """Judged in the first run and remembered in the second, which says the same of everybody."""
    from cli_helpers import RIGHT, grade, results_of

    (tmp_path / "ann.py").write_text(RIGHT)
    trees = []
    for out in ("one", "two"):
        done = grade(tmp_path / "ann.py", tmp_path / out, XDG_CACHE_HOME=str(tmp_path / "cache"))
        assert 0 == done.returncode, done.stderr
        trees.append(results_of(tmp_path / out))
    assert ["in this run", "in an earlier run, and nothing has changed since"] == [
        tree.pop("gate").partition("were judged ")[2] for tree in trees
    ]
    for tree in trees:
        for submission in tree["submissions"]:
            del submission["seconds"], submission["timings"], submission["figures"]
    assert json.dumps(trees[0]) == json.dumps(trees[1])
