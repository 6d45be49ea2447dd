"""Starts threads, a few, in Python and in C."""
# expect: blocked

import _thread
import concurrent.futures
import select
import threading


def attack(x):
    ran = []

    def work():
        ran.append(1)

    def thread():
        t = threading.Thread(target=work, daemon=True)
        t.start()
        t.join(1)

    def pool():
        with concurrent.futures.ThreadPoolExecutor(2) as executor:
            return executor.submit(work).result(1)

    def low():
        _thread.start_new_thread(work, ())
        select.select([], [], [], 0.05)

    return tried(
        {
            "thread": thread,
            "pool": pool,
            "_thread": low,
            "timer": lambda: threading.Timer(0, work).start(),
        }
    )
