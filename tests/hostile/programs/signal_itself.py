"""Has its own timer end it, since timers are allowed: that is its own affair."""
# expect: crashed

import signal
import time


def attack(x):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(5)
