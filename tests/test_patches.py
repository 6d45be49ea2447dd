"""Changes to other people's code: each fits what is installed, is undone, or refuses loudly."""

import contextlib
import importlib.metadata
import re

import pytest
from hypothesis.internal.conjecture.providers import HypothesisProvider

from autograder import patches

MINED = "_maybe_draw_constant"
HAVE = importlib.metadata.version("hypothesis")
REFUSED = (
    f"hypothesis {HAVE} does not have the hypothesis.internal.conjecture.providers.HypothesisProvider."
    f"{MINED} that this kit changes. Without the change, the cases would depend on which modules are loaded. "
    f"Install a tested version ({patches.MINED_CONSTANTS.seen})."
)


@pytest.mark.parametrize(
    "patch",
    [patches.MINED_CONSTANTS, patches.ENGINE, patches.TABLES, patches.SCHEMAS],
    ids=lambda patch: f"{patch.package}.{patch.attribute}",
)
def test_every_patch_fits_what_is_installed(patch):
    """And says what goes wrong without, and which versions it was seen to fit."""
    assert hasattr(patch.owner(), patch.attribute)
    assert patch.since
    assert re.fullmatch(r"[\d.]+( to [\d.]+)?", patch.seen)


def test_mined_constants_are_off_for_a_while():
    """Hypothesis is as it was before, also where drawing fails."""
    found = [vars(HypothesisProvider)[MINED]]
    with contextlib.suppress(ZeroDivisionError), patches.without_mined_constants():
        found.append(vars(HypothesisProvider)[MINED](None, "integer", {}))
        raise ZeroDivisionError
    assert [found[0], None] == found
    assert found[0] is vars(HypothesisProvider)[MINED]


@pytest.mark.parametrize("change", ["gone", "with other parameters"])
def test_hypothesis_without_the_attribute_is_refused(monkeypatch, change):
    """By the gate of every run, in one sentence that names the version."""
    if change == "gone":
        monkeypatch.delattr(HypothesisProvider, MINED)
    else:
        monkeypatch.setattr(HypothesisProvider, MINED, lambda self, kind, *, constraints=None: None)

    with pytest.raises(patches.PatchError) as caught:
        patches.MINED_CONSTANTS.owner()
    assert REFUSED == str(caught.value)
    with pytest.raises(patches.PatchError), patches.without_mined_constants():
        pytest.fail("it was patched all the same")
