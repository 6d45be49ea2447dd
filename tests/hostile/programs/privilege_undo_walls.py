"""Takes back what was promised to the kernel: no new privileges, no tracing, its limits."""
# expect: blocked

import resource


def attack(x):
    attempts = {}
    for name, args in {
        "pdeathsig": (1, 0),
        "dumpable": (4, 1),
        "keepcaps": (8, 1),
        "seccomp": (22, 1),
        "capbset": (24, 0),
        "tsc": (26, 1),
        "securebits": (28, 0),
        "mm": (35, 1, 0),
        "subreaper": (36, 1),
        "no_new_privs": (38, 0),
        "ambient": (47, 4, 0),
        "speculation": (53, 0, 2),
        "ptracer": (0x59616D61, -1),
        "get dumpable": (3,),
        "get no_new_privs": (39,),
    }.items():
        attempts[name] = lambda args=args: reaches(
            "prctl", *args, *[0] * (5 - len(args))
        )
    for name in (
        "DATA",
        "CPU",
        "NOFILE",
        "CORE",
        "FSIZE",
        "AS",
        "STACK",
        "NPROC",
        "MEMLOCK",
    ):
        kind = getattr(resource, f"RLIMIT_{name}")
        attempts[f"raise {name}"] = lambda k=kind: syscall(
            "prlimit64", 0, k, b"\xff" * 16, 0
        )
        attempts[f"setrlimit {name}"] = lambda k=kind: syscall(
            "setrlimit", k, b"\xff" * 16
        )
        attempts[f"lower {name}"] = lambda k=kind: syscall(
            "prlimit64", 0, k, bytes(16), 0
        )
    return tried(attempts)
