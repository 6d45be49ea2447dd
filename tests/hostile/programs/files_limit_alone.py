"""Writes into the memory of a file that only the size limit guards: RLIMIT_FSIZE is 0."""
# expect: blocked

import resource


def attack(x):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    core = resource.getrlimit(resource.RLIMIT_CORE)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    if (soft, hard, *core) == (0, 0, 0, 0) and files[1] <= 64:
        return "blocked: no file may grow, no core is left"
    return f"BREACH: limits {soft} {hard} {core} {files}"
