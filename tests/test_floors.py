"""Imports point down: a room may import only from lower floors."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = (
    ("results", "wire", "kept", "forks"),
    ("checks", "strategies", "expect", "proxy", "submission", "sandbox"),
    ("exercises", "judge"),
    ("gate", "collect"),
    ("feedback", "batch"),
    ("gradebook", "plugin", "release", "class_report"),
    ("course", "demo", "doctor"),
    ("cli",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules() -> dict[str, Path]:
    """The kit's modules by their dotted names."""
    found = {}
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(source: str, module: str, is_package: bool = False) -> set[str]:
    """The names, dotted, that a source imports, wherever in it the import stands.

    `from a import b` is a.b, since b may be a module; the longest prefix that is one counts.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = module.split(".") + [""] * is_package
                base = ".".join(filter(None, [*up[: len(up) - node.level], base]))
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def room_of(module: str) -> str:
    """autograder.exercises.sgd -> exercises; of the package itself and of others, ''."""
    parts = module.split(".")
    return parts[1] if parts[0] == "autograder" and len(parts) > 1 else ""


def complaints(source: str, module: str, known: set[str], is_package: bool = False) -> list[str]:
    """A sentence for each import that does not point down, and for a room without a floor."""
    room = room_of(module)
    if room and room not in FLOOR:
        return [f"{module} stands on no floor: add `{room}` to FLOORS in tests/test_floors.py"]
    wrong = []
    for name in sorted(imported(source, module, is_package)):
        other = room_of(name)
        if f"autograder.{other}" not in known or other == room:
            continue  # not a room: the package itself, a name in it, or another package
        if other not in FLOOR:
            wrong.append(f"{module} imports {other}, which stands on no floor: add it to FLOORS")
        elif not room:
            wrong.append(f"{module} imports {name}: the package itself imports no room")
        elif FLOOR[other] > FLOOR[room] or (FLOOR[other] == FLOOR[room] and FLOOR[room] > 1):
            floors = f"floor {FLOOR[other]} is not below floor {FLOOR[room]}"
            wrong.append(f"{module} imports {name}, but {floors}")
    return wrong


MODULES = modules()


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    """Each module imports only from lower floors, or on the two lowest from its own."""
    path = MODULES[module]
    wrong = complaints(path.read_text("utf-8"), module, set(MODULES), path.name == "__init__.py")
    assert [] == wrong, "; ".join(wrong)


def test_every_room_has_a_floor():
    """A new module is named in the map, so that its place is a decision."""
    rooms = {room_of(module) for module in MODULES} - {""}
    homeless = rooms - FLOOR.keys()
    words = f"add {', '.join(sorted(homeless))} to FLOORS in tests/test_floors.py"
    assert set() == homeless, words


def test_each_room_stands_on_one_floor():
    """No room is named twice."""
    named = [room for rooms in FLOORS for room in rooms]
    assert sorted(set(named)) == sorted(named)


def test_the_judge_knows_no_exercise():
    """The judge is given its exercises: it imports none."""
    names = imported(MODULES["autograder.judge"].read_text("utf-8"), "autograder.judge")
    assert [] == [name for name in names if room_of(name) == "exercises"]


def test_results_need_only_the_standard_library():
    """A report can be read where torch is not installed."""
    import sys

    names = imported(MODULES["autograder.results"].read_text("utf-8"), "autograder.results")
    assert set() == {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_the_worker_knows_no_check():
    """What runs beside student code imports neither checks, nor exercises, nor the judge."""
    for module in MODULES:
        if room_of(module) == "sandbox":
            names = imported(MODULES[module].read_text("utf-8"), module)
            assert {"wire", "sandbox"} >= {room_of(name) for name in names} - {""}, module


def test_the_reader_knows_no_other_room():
    """What parses a submission runs in a worker, so it imports nothing of ours."""
    names = imported(MODULES["autograder.submission"].read_text("utf-8"), "autograder.submission")
    assert set() == {room_of(name) for name in names} - {""}


SOURCES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if not {"right_answers", "wrong_answers", "hostile", "venv", "build"} & set(path.parts)
    and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_imported_from_outside(path):
    """No file imports from a folder `shared`, which does not come with the repository."""
    names = imported(path.read_text("utf-8"), "tests")
    assert [] == [name for name in names if "shared" in name.split(".")]


# The map's own rules, on small sources.

KNOWN = {f"autograder.{room}" for room in FLOOR} | {"autograder"}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("autograder.wire", "from autograder import judge"),
        ("autograder.wire", "import autograder.judge"),
        ("autograder.wire", "import autograder.judge as j"),
        ("autograder.wire", "from autograder.judge import Judge"),
        ("autograder.wire", "def f():\n    from autograder.exercises.sgd import sgd"),
        ("autograder.wire", "from . import judge"),
        ("autograder.sandbox.client", "from .. import judge"),
        ("autograder.sandbox.client", "from ..judge import Judge"),
        ("autograder.judge", "from autograder import exercises"),
        ("autograder.judge", "try:\n    import autograder.gate\nexcept ImportError: pass"),
        ("autograder.batch", "from autograder import feedback"),
        ("autograder", "from autograder.judge import Judge"),
    ],
)
def test_an_import_that_points_up_is_found(module, source):
    """However it is written and wherever it stands."""
    assert 1 == len(complaints(source, module, KNOWN))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("autograder.judge", "from autograder import wire"),
        ("autograder.expect", "from autograder.wire import Other"),
        ("autograder.exercises.train", "from autograder.exercises.sgd import sgd"),
        ("autograder.exercises.train", "from .sgd import sgd"),
        ("autograder.proxy", "from autograder import expect"),
        ("autograder.cli", "import torch, json\nfrom autograder import __version__"),
    ],
)
def test_an_import_that_points_down_is_allowed(module, source):
    """From a lower floor, from the same room, or from another package."""
    assert [] == complaints(source, module, KNOWN)


def test_a_new_module_must_be_added_to_the_map():
    """The sentence says what to do."""
    want = "autograder.novel stands on no floor: add `novel` to FLOORS in tests/test_floors.py"
    assert [want] == complaints("import json", "autograder.novel", KNOWN | {"autograder.novel"})
