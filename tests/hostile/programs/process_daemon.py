"""Leaves a process behind that has a session of its own and would write a file after five seconds."""
# expect: blocked

import os
import time


def attack(x):
    try:
        pid = os.fork()
    except OSError as error:
        try:
            os.setsid()
        except OSError:
            return f"blocked: {error.strerror}"
        return "BREACH: its own session"
    if pid == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                time.sleep(5)
                with open(os.path.join(ARENA["folder"], "left"), "w") as file:
                    file.write("x")
        finally:
            os._exit(0)
    return "BREACH: a process stays behind"
