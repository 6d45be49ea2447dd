"""Locks down the calling process permanently: resource limits, Landlock and seccomp, without
privileges.

Knows nothing of what will run in it.  Linux only.  The system calls are those of landlock(7),
seccomp(2) and prctl(2); libseccomp translates their numbers for each architecture.
"""

import ctypes
import errno
import os
import resource
import signal
import struct

from autograder.errors import N_, SandboxError

libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno() or -result
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


# Landlock decides which files the process may open; on newer kernels, it also keeps signals
# and abstract sockets inside.

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# How many file rights, TCP rights and scopes to handle, newest kernels first.  The kernel's version does not
# decide, because some kernels overstate it.
_RIGHTS = (16, 3, 3), (16, 3), (15, 3), (15,), (14,), (13,)


NO_LANDLOCK = N_(
    "Landlock is not available ({why}). It needs Linux 5.13, lsm=landlock among the "
    "kernel's options, "
    "and a container whose seccomp profile allows landlock_* calls."
)


def landlock_ruleset(readable: list[str]) -> int:
    """Return a ruleset's descriptor that allows reading only below these paths.  Raises
    SandboxError.
    """
    for files, *rest in _RIGHTS:
        attributes = struct.pack(f"{1 + len(rest)}Q", (1 << files) - 1, *rest)
        size = ctypes.c_size_t(len(attributes))
        ruleset = libc.syscall(_CREATE_RULESET, attributes, size, 0)
        if ruleset >= 0:
            break
    else:
        raise SandboxError(NO_LANDLOCK, why=os.strerror(ctypes.get_errno()))
    for path in readable:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)
        _checked(
            libc.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, fd), 0), path
        )
        os.close(fd)
    return ruleset


# seccomp decides which system calls exist.  What is left is one process with one thread that can
# compute, read files and use the descriptors it has: no fork, exec, thread, socket, pipe, signal,
# ptrace, mount, shared memory, and no change of any file or of its own layers.  It also blocks calls with
# which two workers could communicate: futexes on shared pages, others' clocks, the machine's free memory.

_ALLOWED = """
    read readv pread64 write writev lseek close poll ppoll select pselect6
    stat fstat lstat newfstatat statx access faccessat faccessat2
    readlink readlinkat getdents64 getcwd
    brk munmap mremap mprotect
    restart_syscall rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
    setitimer getitimer alarm pause nanosleep gettimeofday time times getrusage
    getpid gettid getppid getuid geteuid getgid getegid
    uname getcpu getrandom sched_yield getrlimit arch_prctl exit exit_group
"""
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LT, _EQ, _MASKED_EQ = 2, 4, 7
_WRITES = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FUTEX_PRIVATE = 128
# the machine's clocks and the process's own; another process's clock has a negative number
_CLOCKS = 16
_F_GETFD, _F_GETFL, _MAP_SHARED, _MAP_PRIVATE, _PR_SET_NAME = 1, 3, 1, 2, 15


class _Arg(ctypes.Structure):
    """libseccomp's struct scmp_arg_cmp: which argument, how to compare, with what."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


class Filter:
    """The allowlist of system calls, built once and loaded in each worker.  All others give
    EPERM.
    """

    def __init__(self) -> None:
        try:
            self._lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        except OSError as error:
            words = N_("libseccomp is missing ({why}). Run `apt install libseccomp2`.")
            raise SandboxError(words, why=str(error)) from None
        self._lib.seccomp_init.restype = ctypes.c_void_p
        default = ctypes.c_uint32(_ERRNO | errno.EPERM)
        self._context = ctypes.c_void_p(self._lib.seccomp_init(default))
        for name in _ALLOWED.split():
            self._rule(_ALLOW, name)
        for name in (
            "clone3",
            "get_mempolicy",
            "mbind",
        ):  # callers of these have a fallback
            self._rule(_ERRNO | errno.ENOSYS, name)
        self._rule(_ERRNO | errno.ENOTTY, "ioctl")
        self._rule(_ALLOW, "open", _Arg(1, _MASKED_EQ, _WRITES, 0))
        self._rule(_ALLOW, "openat", _Arg(2, _MASKED_EQ, _WRITES, 0))
        private = _Arg(3, _MASKED_EQ, _MAP_SHARED | _MAP_PRIVATE, _MAP_PRIVATE)
        self._rule(_ALLOW, "mmap", private)  # so that RLIMIT_DATA counts all mappings
        self._rule(_ALLOW, "futex", _Arg(1, _MASKED_EQ, _FUTEX_PRIVATE, _FUTEX_PRIVATE))
        for name in ("clock_gettime", "clock_getres", "clock_nanosleep"):
            self._rule(_ALLOW, name, _Arg(0, _LT, _CLOCKS))
        self._rule(_ALLOW, "sched_getaffinity", _Arg(0, _EQ, 0))
        self._rule(
            _ALLOW, "madvise", _Arg(2, _LT, 100)
        )  # values from 100 on damage memory on purpose
        self._rule(_ALLOW, "fcntl", _Arg(1, _EQ, _F_GETFD))
        self._rule(_ALLOW, "fcntl", _Arg(1, _EQ, _F_GETFL))
        self._rule(_ALLOW, "prlimit64", _Arg(0, _EQ, 0), _Arg(2, _EQ, 0))
        self._rule(_ALLOW, "prctl", _Arg(0, _EQ, _PR_SET_NAME))

    def _rule(self, action: int, name: str, *args: _Arg) -> None:
        number = self._lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # this architecture has no such call
        array = (_Arg * len(args))(*args)
        code = ctypes.c_uint32(action)
        _checked(
            self._lib.seccomp_rule_add_array(
                self._context, code, number, len(args), array
            ),
            name,
        )

    def load(self) -> None:
        _checked(self._lib.seccomp_load(self._context), "seccomp")


_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


def end_with_parent(parent: int, word: int = signal.SIGKILL) -> None:
    """Let the kernel send a signal to this process when its parent ends, or end it now if the
    parent has.
    """
    _checked(libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(word), 0, 0, 0), "prctl")
    if os.getppid() != parent:  # it ended before: the kernel sends no signal for that
        os._exit(0)


def limit(cpu_seconds: int, parent: int) -> None:
    """Limit the calling process by rlimits, and end it with its parent.  Its judge limits its
    memory.
    """
    end_with_parent(parent)
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        _checked(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")
    # Drop all capabilities, for root too: capset(2), version 3, this process, three empty
    # sets twice.
    _checked(libc.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")
    # SIGXCPU at the soft limit shows why it ended; SIGKILL at the hard one ends code that
    # ignores SIGXCPU.
    for name, value in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        spare = (
            1 if name == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else 0
        )
        resource.setrlimit(name, (value, value + spare))


def restrict_files(ruleset: int) -> None:
    """Put the calling process behind a Landlock ruleset; an ordinary user must give up
    privileges first.
    """
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0), "prctl")
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock")
