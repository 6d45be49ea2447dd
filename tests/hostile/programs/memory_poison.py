"""Marks memory as broken, which root may: at an address that is not there, so none is harmed."""
# expect: blocked

import errno

HWPOISON, SOFT_OFFLINE = 100, 101


def attack(x):
    said = []
    for advice in (HWPOISON, SOFT_OFFLINE):
        try:
            syscall("madvise", 4096, 4096, advice)
        except OSError as error:
            if error.errno not in (
                errno.EPERM,
                errno.EINVAL,
            ):  # EINVAL: the kernel has no such advice
                return f"BREACH: {error.strerror}: it looked for the page, so it may"
            said.append(error.strerror)
        else:
            return "BREACH: done"
    return f"blocked: {said}"
