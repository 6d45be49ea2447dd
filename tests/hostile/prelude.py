"""Runs in a worker before each attack program: tools to try what is forbidden and to say what
came of it.

The driver gives ARENA, which tells the attacker more than one could guess: paths, ports,
process numbers.
"""

import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
try:
    _numbers = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name
except OSError:
    _numbers = None


class Refused(Exception):
    """An attempt that failed without an error of its own."""


def refuse():
    raise Refused


def syscall(name, *args):
    """The system call's result.  Raises OSError where it failed or this machine has no such
    call.
    """
    number = _numbers(name.encode()) if _numbers else -1
    if number < 0:
        raise OSError(errno.ENOSYS, f"no call {name}")
    ctypes.set_errno(0)
    args = [ctypes.c_long(arg) if type(arg) is int else arg for arg in args]
    result = libc.syscall(ctypes.c_long(number), *args)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, errno.errorcode.get(code, str(code)))
    return result


def reaches(name, *args):
    """Try a call by arguments that do no harm: any error but a refusal says that it was let
    through.
    """
    try:
        return syscall(name, *args)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSYS):
            raise
        return f"reached the kernel: {error.strerror}"


def tried(attempts):
    """Make each attempt.  "BREACH: ..." for the first that succeeds, else "blocked: " and the
    errors seen.

    An attempt that fails by a slip of its own, such as a NameError, proves nothing, and raises.
    """
    seen = set()
    for name, attempt in attempts.items():
        try:
            value = attempt()
        except (
            OSError,
            Refused,
            ImportError,
            MemoryError,
            RuntimeError,
        ) as error:
            number = getattr(error, "errno", None)
            seen.add(errno.errorcode.get(number, type(error).__name__))
        else:
            return f"BREACH: {name} gave {repr(value)[:100]}"
    return "blocked: " + ", ".join(sorted(seen))
