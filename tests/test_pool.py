"""Processes of the kit's own: each has a tool, and one that ends costs nobody else anything."""

import os
import time
from pathlib import Path

import pytest

from autograder.errors import SandboxError
from autograder.grading import pool
from autograder.grading.pool import parallel_map

LONG = 10_000  # seconds in which a process does nothing


class Tool:
    """Has a template process of its own, if any."""

    def __init__(self, lend):
        self.lent = lend()

    def close(self):
        if self.lent is not None:
            self.lent.control.close()


def opens(lend):
    return Tool(lend)


def dies(lend):
    os._exit(3)


def asked(tool, item):
    """Sleeps for what is negative, raises for 0, and else says twice the item and who it is."""
    if item < 0:
        time.sleep(-item)
    if not item:
        raise SandboxError("nothing")
    return 2 * item, os.getpid()


def test_answers_come_in_order_from_all_processes():
    """Each has one item in hand at a time, and none of them is this process."""
    found = [*parallel_map(opens, asked, [1, -0.5, 3, 4, 5, 6], 2)]
    assert [2, -1.0, 6, 8, 10, 12] == [value for value, _ in found]
    assert os.getpid() not in {pid for _, pid in found}


def test_what_a_tool_raises_is_raised_with_the_place_where_it_was():
    """The sentence is the same; the traceback of the other process is a note."""
    with pytest.raises(SandboxError) as caught:
        list(parallel_map(opens, asked, [1, 0, 2], 1))
    assert "nothing" == str(caught.value)
    assert 'raise SandboxError("nothing")' in "".join(caught.value.__notes__)


def test_where_they_end_as_they_start_it_says_so():
    """And tries no others for ever."""
    with pytest.raises(SandboxError) as caught:
        list(parallel_map(dies, asked, [1], 2))
    assert pool.NO_JUDGES == str(caught.value)


@pytest.mark.parametrize("how", ["close", "throw"])
def test_who_stops_waits_for_nothing_in_hand(how):
    """Ctrl-C and SIGTERM end it, however long an item takes."""
    answers = parallel_map(opens, asked, [1, *[-LONG] * 3], 1)
    _, pid = next(answers)
    if how == "close":
        answers.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            answers.throw(KeyboardInterrupt)
    assert not Path(f"/proc/{pid}/cwd").exists()  # at most it waits to be buried
