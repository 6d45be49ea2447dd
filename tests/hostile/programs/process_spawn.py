"""Starts a program by each door of the standard library."""
# expect: blocked

import asyncio
import os
import subprocess


def attack(x):
    def system():
        status = os.system("true")
        return status if status == 0 else refuse()

    def spawn():
        pid = os.posix_spawn("/bin/true", ["true"], {})
        return pid if os.waitpid(pid, 0)[1] == 0 else refuse()

    return tried(
        {
            "system": system,
            "popen": lambda: os.popen("echo x").read() or refuse(),
            "posix_spawn": spawn,
            "spawnv": lambda: (
                os.spawnv(os.P_WAIT, "/bin/true", ["true"]) == 0 or refuse()
            ),
            "run": lambda: subprocess.run(["true"]),
            "shell": lambda: subprocess.check_output("id", shell=True),
            "asyncio": lambda: asyncio.run(
                asyncio.create_subprocess_exec("true")
            ),
        }
    )
