"""Types into a terminal that the grader may sit at."""
# expect: blocked

import fcntl
import os
import termios


def attack(x):
    attempts = {
        f"tiocsti {fd}": lambda fd=fd: fcntl.ioctl(fd, 0x5412, b"x")
        for fd in range(4)
    }
    attempts["tioclinux"] = lambda: fcntl.ioctl(0, 0x541C, b"\x02")
    attempts["tcgetattr"] = lambda: termios.tcgetattr(0)
    attempts["tty"] = lambda: os.open("/dev/tty", os.O_RDWR)
    attempts["vhangup"] = lambda: (
        reaches("vhangup") if os.getuid() else refuse()
    )
    return tried({k: guarded(v) for k, v in attempts.items()})


def guarded(attempt):
    def run():
        try:
            return attempt()
        except termios.error as error:
            raise OSError(*error.args) from None

    return run
