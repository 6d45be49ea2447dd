"""Locks down this process permanently by resource limits, Landlock and seccomp; no privileges.

Knows nothing of what will run in it.  Linux only.  The system calls are those of landlock(7),
seccomp(2) and prctl(2); libseccomp translates their numbers for each architecture.
"""

import ctypes
import errno
import os
import resource
import signal
import struct

from autograder.errors import SandboxError

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
# How many file rights, TCP rights and scopes to handle, newest kernels first.  The kernel's
# version does not decide, because some kernels overstate it.
_RIGHTS = (16, 3, 3), (16, 3), (15, 3), (15,), (14,), (13,)


def landlock_ruleset(readable: list[str]) -> int:
    """Return a ruleset that allows reading only below these paths.  Raises SandboxError."""
    for files, *rest in _RIGHTS:
        attributes = struct.pack(f"{1 + len(rest)}Q", (1 << files) - 1, *rest)
        size = ctypes.c_size_t(len(attributes))
        ruleset = libc.syscall(_CREATE_RULESET, attributes, size, 0)
        if ruleset >= 0:
            break
    else:
        raise SandboxError(
            "Landlock is not available ({why}). It needs Linux 5.13, lsm=landlock among the "
            "kernel's options, and a container whose seccomp profile allows landlock_* calls.",
            why=os.strerror(ctypes.get_errno()),
        )
    for path in readable:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE
        below = struct.pack("=Qi", rights, fd)
        _checked(libc.syscall(_ADD_RULE, ruleset, 1, below, 0), path)
        os.close(fd)
    return ruleset


# seccomp decides which system calls exist.  What is left is one process with one thread that
# can compute, read files and use the descriptors it has: no fork, exec, thread, socket, pipe,
# signal, ptrace, mount, shared memory, and no change of any file or of its own layers.  It
# also blocks calls with which two workers could communicate: futexes on shared pages, others'
# clocks, the machine's free memory.

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
# Callers of these have another way.
_HAVE_FALLBACK = "clone3 get_mempolicy mbind"
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
    """The allowlist of system calls, built once and loaded in each worker; others give EPERM."""

    def __init__(self) -> None:
        try:
            self._lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        except OSError as error:
            raise SandboxError(
                "libseccomp is missing ({why}). Run `apt install libseccomp2`.",
                why=str(error),
            ) from None
        self._lib.seccomp_init.restype = ctypes.c_void_p
        default = ctypes.c_uint32(_ERRNO | errno.EPERM)
        self._context = ctypes.c_void_p(self._lib.seccomp_init(default))
        for name in _ALLOWED.split():
            self._allow(name)
        for name in _HAVE_FALLBACK.split():
            self._rule(_ERRNO | errno.ENOSYS, name)
        self._rule(_ERRNO | errno.ENOTTY, "ioctl")
        self._allow("open", _Arg(1, _MASKED_EQ, _WRITES, 0))
        self._allow("openat", _Arg(2, _MASKED_EQ, _WRITES, 0))
        # So that RLIMIT_DATA counts all mappings.
        self._allow(
            "mmap",
            _Arg(3, _MASKED_EQ, _MAP_SHARED | _MAP_PRIVATE, _MAP_PRIVATE),
        )
        self._allow(
            "futex", _Arg(1, _MASKED_EQ, _FUTEX_PRIVATE, _FUTEX_PRIVATE)
        )
        for name in ("clock_gettime", "clock_getres", "clock_nanosleep"):
            self._allow(name, _Arg(0, _LT, _CLOCKS))
        self._allow("sched_getaffinity", _Arg(0, _EQ, 0))
        # Values from 100 on damage memory on purpose.
        self._allow("madvise", _Arg(2, _LT, 100))
        self._allow("fcntl", _Arg(1, _EQ, _F_GETFD))
        self._allow("fcntl", _Arg(1, _EQ, _F_GETFL))
        self._allow("prlimit64", _Arg(0, _EQ, 0), _Arg(2, _EQ, 0))
        self._allow("prctl", _Arg(0, _EQ, _PR_SET_NAME))

    def _allow(self, name: str, *args: _Arg) -> None:
        self._rule(_ALLOW, name, *args)

    def _rule(self, action: int, name: str, *args: _Arg) -> None:
        number = self._lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # this architecture has no such call
        array = (_Arg * len(args))(*args)
        rule = ctypes.c_uint32(action), number, len(args), array
        _checked(self._lib.seccomp_rule_add_array(self._context, *rule), name)

    def load(self) -> None:
        _checked(self._lib.seccomp_load(self._context), "seccomp")


_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


def _set(option: int, value: int) -> None:
    _checked(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")


def end_with_parent(parent: int, word: int = signal.SIGKILL) -> None:
    """Let the kernel send a signal to this process when its parent ends; end now if it has."""
    _set(_PR_SET_PDEATHSIG, word)
    # It ended before: the kernel sends no signal for that.
    if os.getppid() != parent:
        os._exit(0)


def limit(cpu_seconds: int, parent: int) -> None:
    """Limit this process by rlimits, and end it with its parent.  Its judge limits its memory."""
    end_with_parent(parent)
    _set(_PR_SET_DUMPABLE, 0)
    _set(_PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    # SIGXCPU at the soft limit shows why it ended; SIGKILL a second later ends code that
    # ignores that.
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_NOFILE, 64, 64)
    for name in (
        resource.RLIMIT_CORE,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_MEMLOCK,
    ):
        _limit(name, 0, 0)


def _drop_capabilities() -> None:
    """Drop all, for root too: capset(2), version 3, this process, three empty sets twice."""
    _checked(libc.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")


def _limit(name: int, soft: int, hard: int) -> None:
    before = resource.getrlimit(name)[1]
    if before != resource.RLIM_INFINITY:
        soft = min(soft, before)
        hard = min(hard, before)
    resource.setrlimit(name, (soft, hard))


def restrict_files(ruleset: int) -> None:
    """Put this process behind a Landlock ruleset; ordinary users must give up privileges first."""
    _set(_PR_SET_NO_NEW_PRIVS, 1)
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock")


# All but those of time: setns(2).
_NAMESPACES = 0x7E020000


def join_namespaces(process: int) -> None:
    """Move this process into another's namespaces: it goes on as its own child, unprivileged.

    Raises SandboxError where this user cannot.
    """
    if libc.setns(process, _NAMESPACES) < 0:
        code = ctypes.get_errno()
        # They have ended: this sandbox must not go on without what others have.
        if code == errno.ESRCH:
            os._exit(1)
        raise SandboxError(
            "This user cannot join bubblewrap's namespaces ({why}).",
            why=os.strerror(code),
        )
    os.close(process)
    # Only a child is in the other namespace of process numbers.
    try:
        is_parent = os.fork() > 0
    except OSError:
        is_parent = True
    if is_parent:
        os._exit(0)
    os.setsid()
    _set(_PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
