"""The layers: which of them are enough, what they show of the kit, and what doctor says of them."""

from pathlib import Path

import pytest
import warm
from process_helpers import bwrap_works

from autograder.errors import SandboxError
from autograder.sandbox.client import Sandbox
from autograder.sandbox.layers import KIT

SECRET = f"{KIT}/exercises/__init__.py"
READS = f"""
def reads():
    try:
        return open({SECRET!r}).read()[:40]
    except OSError as error:
        return type(error).__name__
"""
needs_bwrap = pytest.mark.skipif(
    not bwrap_works(), reason="no namespaces may be made here"
)


def read_in(sandbox):
    """What a worker says when it reads a hidden file."""
    return warm.called(sandbox, READS, "reads")


@pytest.fixture(scope="module")
def all_layers():
    """What stands where nothing is left out, with all that a judge has imported before the
    first fork.
    """
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def inner_layers():
    """The same without bubblewrap."""
    with Sandbox(warm.inner) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def no_landlock():
    """The same inside bubblewrap alone, and without what keeps files away in a worker."""
    with Sandbox(lambda: warm.inner(["bwrap", "seccomp", "limits"])) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("layers", "error"),
    [
        pytest.param(
            "bwrap + landlock + seccomp + limits",
            "FileNotFoundError",
            marks=needs_bwrap,
        ),
        ("landlock + seccomp + limits", "PermissionError"),
        pytest.param(
            "bwrap + seccomp + limits", "FileNotFoundError", marks=needs_bwrap
        ),
    ],
)
def test_a_hidden_file_is_not_there_for_a_worker(request, layers, error):
    """By all layers where they work, in a container that may make no namespaces, and on an
    older kernel.
    """
    fixture = (
        {"b": "all_layers", "l": "inner_layers"}[layers[0]]
        if "landlock" in layers
        else "no_landlock"
    )
    sandbox = request.getfixturevalue(fixture)
    assert str(sandbox.layers) == layers
    assert read_in(sandbox) == error
    assert "landlock" in layers or sandbox.exposes(SECRET) is None


OPENS = """
import os

def opens(files, folders):
    opened = []
    for each in files:
        try:
            open(each, "rb").close()
            opened.append(each)
        except OSError:
            pass
    for each in folders:
        try:
            opened += [os.path.join(each, name) for name in os.listdir(each)]
        except OSError:
            pass
    return opened
"""
IMPORTED = """
import sys

def imported():
    return sorted(name for name in sys.modules if name.partition(".")[0] == "autograder")
"""
BORDER = ("reading", "sandbox/inside")


@pytest.mark.parametrize(
    "layers", [pytest.param("all_layers", marks=needs_bwrap), "inner_layers"]
)
def test_landlock_lets_no_file_of_the_kit_be_opened(layers, request):
    """Nor of the border, which the template process had read; not inside bwrap either."""
    kit = Path(KIT)
    shown = Path("/kit/autograder")
    names = [path.relative_to(kit) for path in kit.rglob("*.py")]
    paths = [place / name for place in (kit, shown) for name in names]
    for glob in ("solutions/*/*", "zh/solutions/*/*"):
        paths += kit.parent.glob(glob)
    folders = kit, shown, shown.parent, *(kit / name for name in BORDER)
    opens = request.getfixturevalue(layers), OPENS, "opens"
    assert warm.called(*opens, [*map(str, paths)], [*map(str, folders)]) == []


def test_a_worker_holds_no_module_of_the_kit_but_the_border(all_layers):
    """With all that a judge has imported before the first fork."""
    names = warm.called(all_layers, IMPORTED, "imported")
    paths = {name.partition(".")[2].replace(".", "/") for name in names}
    assert {path for path in paths if not path.startswith(BORDER)} == {
        "",
        "errors",
        "wire",
        "sandbox",
    }


# Which layers are enough.


@pytest.mark.parametrize("missing", ["landlock", "seccomp", "limits"])
def test_less_is_refused_with_a_sentence(missing):
    """It says what was found, what is missing, and how to go on all the same."""
    words = rf"is incomplete \(found: .*\)\. {missing} is turned off\..* Or grade with --unsafe"
    with pytest.raises(SandboxError, match=words):
        Sandbox(lambda: warm.inner({*warm.INNER} - {missing}))


def test_unsafe_goes_on_without_layers(monkeypatch):
    """Explicitly, and the layers that are left say so; other systems are told what to use."""
    with Sandbox(lambda: warm.inner([]), unsafe=True) as sandbox:
        assert str(sandbox.layers) == "none"
        assert '"""The hidden part' in read_in(sandbox)
        assert sandbox.exposes(SECRET) == "/"
    monkeypatch.setattr("autograder.sandbox.template.running", [])
    monkeypatch.setattr("autograder.sandbox.template.sys.platform", "darwin")
    with pytest.raises(
        SandboxError,
        match=r"Grading needs Linux. Grade on a Linux machine or in a container.",
    ):
        Sandbox()


def test_memory_is_bounded_as_asked():
    """--memory is each worker's bound; one per core makes the sum."""
    with Sandbox(memory=600 << 20) as sandbox:
        take = "def take(n):\n    return len(bytearray(n << 20))", "take"
        assert warm.called(sandbox, *take, 100) == 100 << 20
        assert warm.called(sandbox, *take, 700).error == "MemoryError"
