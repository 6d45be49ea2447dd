"""CPU time is bounded around whatever is done with a student's text, and given back afterwards."""

import contextlib
import signal
import threading

import pytest

from autograder.judging.cpu_limit import TookTooLong, cpu_limit


def spin():
    while True:
        pass


def test_a_loop_without_end_is_stopped_and_the_timer_with_it():
    """Though it catches every exception, as other people's readers do."""
    with (
        pytest.raises(TookTooLong, match=r"more than 0\.05 s"),
        cpu_limit(0.05),
        contextlib.suppress(Exception),
    ):
        spin()
    assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_VIRTUAL)


@pytest.mark.parametrize(("outer", "inner"), [(0.05, 60.0), (60.0, 0.05)])
def test_of_two_limits_the_one_that_ends_first_counts(outer, inner):
    """Whether it is the outer or the inner one."""
    reached = []
    with pytest.raises(TookTooLong, match=r"0\.05"), cpu_limit(outer):  # noqa: PT012
        with cpu_limit(inner):
            spin()
        reached.append(True)
    assert [] == reached


def test_the_outer_limit_stands_again_after_an_inner_one():
    """It has what the inner one left."""
    with pytest.raises(TookTooLong, match=r"more than 0\.2 s"), cpu_limit(0.2):  # noqa: PT012
        with pytest.raises(TookTooLong), cpu_limit(0.05):
            spin()
        spin()


def test_a_thread_has_no_limit():
    """Python handles signals in the main thread alone."""
    done = []

    def work():
        with cpu_limit(0.0001):
            done.append(sum(range(100_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [4999950000] == done
