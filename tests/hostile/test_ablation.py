"""With each wall taken away, the attacks that it guards against succeed: no wall stands for
show.
"""

import os

import pytest

from settings import expected, run, why_not

HERE = (
    "root" if os.getuid() == 0 else "user"
)  # the settings without bwrap, in which layers stand alone

# What stands no more without a wall, though all others but bwrap do: one attack of each sort.
GUARDED = {
    "landlock": [
        "files_read_hidden_tests",
        "files_list_folders",
        "files_through_links",
        "import_own_library",
    ],
    "seccomp": [
        "process_fork",
        "files_change",
        "net_udp_and_dns",
        "privilege_namespaces",
        "spy_pidfd",
    ],
    "limits": ["memory_torch", "files_limit_alone", "memory_mappings"],
}


def surprises(
    setting: str, programs: list[str], without: str = ""
) -> dict[str, str]:
    """The programs that do not end as they must, and what they saw."""
    result = run(setting, programs, without=without)
    assert not result["error"]
    return {
        r["program"]: r["says"]
        for r in result["rows"]
        if r["seen"] not in expected(r["program"], setting)
    }


@pytest.mark.parametrize("wall", GUARDED)
def test_without_a_wall_its_attacks_succeed(wall):
    """So that it is this layer that keeps them away."""
    seen = surprises(HERE, GUARDED[wall], wall)
    assert set(GUARDED[wall]) - seen.keys() == set(), (
        f"nothing notices that {wall} is missing"
    )


def test_with_all_layers_none_of_them_succeeds():
    """The first attack on each."""
    assert surprises(HERE, [programs[0] for programs in GUARDED.values()]) == {}


def test_bwrap_keeps_files_away_where_landlock_is_missing():
    """Each of the two alone does."""
    inside = f"{HERE}, bwrap"
    if why_not(inside):
        pytest.skip(why_not(inside))
    guarded = [
        "files_read_hidden_tests",
        "files_read_other_submission",
        "files_stat_hidden",
    ]
    assert surprises(inside, guarded, "landlock") == {}
