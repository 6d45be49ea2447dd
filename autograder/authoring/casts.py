"""Who plays each part of a function that calls others, while it runs."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class Role(enum.StrEnum):
    """Who plays a part while a function that calls it runs."""

    OWN = "own"  # the student's own function
    RIGHT = "right"  # a right one, lent, and called as the stub says
    RIGHT_AS_OWN = "right as own"  # a right one, called in the order of the student's own parameters
    REPLAY = "replay"  # one that gives what the check says
    OWN_IF_PASSED = "own if passed"  # the student's own where it passed all its checks, else a right one


@dataclass(frozen=True)
class Cast:
    """Who plays each part: the part's name and a role."""

    roles: Mapping[str, Role]

    def playing(self, passed: Iterable[str]) -> dict[str, str]:
        """The roles once it is known which parts passed their own checks."""
        known = set(passed)
        settled = {True: Role.OWN, False: Role.RIGHT}
        return {
            part: str(settled[part in known] if role is Role.OWN_IF_PASSED else role)
            for part, role in self.roles.items()
        }
