"""Handles the signals that end a process, and raises from each, so that the loop goes on."""
# expect: timeout

import signal


def attack(x):
    def again(number, frame):
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGXCPU", "SIGINT", "SIGALRM", "SIGSEGV", "SIGVTALRM"):
        signal.signal(getattr(signal, name), again)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while True:
        try:
            sum(range(10**6))
        except KeyboardInterrupt:
            continue
