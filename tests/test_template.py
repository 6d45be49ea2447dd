"""Template processes: what they fork is its taker's own, and none of it outlives who asked for
it.
"""

import os

import pytest
from process_helpers import wait_until
from warm import called

from autograder.sandbox import template
from autograder.sandbox.client import Sandbox
from autograder.sandbox.layers import bwrap_works

DOUBLES = "def doubles(x):\n    return 2 * x\n", "doubles"


@pytest.fixture(scope="module", autouse=True)
def own_one():
    """It begins with one of its own, of few modules; the one that other tests have goes on."""
    others = dict(template.running)
    template.running.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template, "PRELOAD", ())
        yield
    template.close()
    template.running.update(others)


def test_where_the_template_process_has_died_a_sandbox_has_another_started():
    """Nobody is told, and nothing is lost."""
    lent = [template.fork_template()]
    template.close()
    wait_until(lambda: not lent[0].is_alive)
    with Sandbox(
        lambda: lent.pop() if lent else template.fork_template()
    ) as sandbox:
        assert called(sandbox, *DOUBLES, 2) == 4


@pytest.mark.skipif(not bwrap_works(), reason="no namespaces may be made here")
def test_one_that_does_not_start_inside_bubblewrap_starts_without(
    tmp_path, monkeypatch
):
    """As where torch needs what that does not show; the other layers stand."""
    template.close()
    (tmp_path / "not_shown.py").touch()
    monkeypatch.setattr(template, "PRELOAD", ("not_shown",))
    shown = template.environment
    outside = {
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{shown(False)['PYTHONPATH']}"
    }
    monkeypatch.setattr(
        template,
        "environment",
        lambda bwrap: shown(bwrap) | ({} if bwrap else outside),
    )
    with Sandbox() as sandbox:
        assert not sandbox.layers.bwrap
        assert sandbox.layers.enough
        assert called(sandbox, *DOUBLES, 2) == 4
    template.close()
