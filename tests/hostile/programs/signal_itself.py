"""Has its own timer end it, since timers are allowed: that is its own affair."""
# expect: crashed

import select
import signal


def attack(x):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    select.select([], [], [], 5)
