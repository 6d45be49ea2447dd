"""Every attack program ends as its own line says, in each setting possible here, and harms
nothing.
"""

import os

import pytest

from settings import PROGRAMS, SETTINGS, expected, run, why_not


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(
            name,
            marks=pytest.mark.exhaustive
            if name == "root"
            else pytest.mark.slow,
        )
        for name in SETTINGS
    ],
)
def test_attacks_end_as_expected(setting):
    """Each of them, and none of them harms anybody."""
    if why_not(setting):
        pytest.skip(why_not(setting))
    result = run(setting, PROGRAMS)
    assert not result["error"]
    rows = [
        (row["program"], row["seen"], row["says"]) for row in result["rows"]
    ]
    wrong = [
        f"{name}: {seen}, {says}"
        for name, seen, says in rows
        if seen not in expected(name, setting)
    ]
    assert not wrong, "\n".join(wrong)
    assert [row["program"] for row in result["rows"]] == PROGRAMS
    assert result["uid"] == (
        0 if setting.startswith("root") else os.getuid() or 65534
    )
    assert ("bwrap" in result["layers"]) == ("bwrap" in setting)
    assert result["sibling"], (
        "a worker that stood beside all attacks answers otherwise now"
    )
    assert result["right"]
    assert result["left"] == 0, "processes are left behind"
