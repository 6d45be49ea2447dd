"""Starts processes by multiprocessing in each of its ways, and a process pool."""
# expect: blocked

import concurrent.futures
import multiprocessing


def attack(x):
    def start(how):
        process = multiprocessing.get_context(how).Process(target=len, args=("",))
        process.start()
        process.join(2)
        return process.pid

    def pool():
        with concurrent.futures.ProcessPoolExecutor(1) as executor:
            return executor.submit(len, "").result(2)

    return tried(
        {
            "fork": lambda: start("fork"),
            "spawn": lambda: start("spawn"),
            "forkserver": lambda: start("forkserver"),
            "pool": pool,
            "queue": multiprocessing.Queue,
            "lock": multiprocessing.Lock,
            "pipe": multiprocessing.Pipe,
        }
    )
