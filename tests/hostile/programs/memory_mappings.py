"""Takes memory that a limit may not count: shared, unreserved, without access at first, the
old heap.
"""
# expect: blocked

import ctypes
import mmap

ANONYMOUS, PRIVATE, SHARED = 0x20, 2, 1
SIZE = 3 << 30  # address space alone; 64 MB of it are touched


def attack(x):
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        *[ctypes.c_int] * 3,
        ctypes.c_long,
    ]

    def mapped(flags, protection=3):
        address = libc.mmap(None, SIZE, protection, flags, -1, 0)
        if address in (None, ctypes.c_void_p(-1).value):
            raise OSError(ctypes.get_errno(), "mmap")
        if protection == 0 and libc.mprotect(
            ctypes.c_void_p(address), ctypes.c_size_t(SIZE), 3
        ):
            code = ctypes.get_errno()
            libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(SIZE))
            raise OSError(code, "mprotect")
        ctypes.memset(address + SIZE - (64 << 20), 1, 64 << 20)
        libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(SIZE))
        return f"{SIZE >> 20} MB"

    def heap():
        libc.sbrk.restype = ctypes.c_void_p
        for _ in range(3):
            if libc.sbrk(ctypes.c_long(1 << 30)) == ctypes.c_void_p(-1).value:
                raise MemoryError
        return "3 GB"

    return tried(
        {
            "private": lambda: mapped(PRIVATE | ANONYMOUS),
            "no reserve": lambda: mapped(PRIVATE | ANONYMOUS | 0x4000),
            "without access": lambda: mapped(PRIVATE | ANONYMOUS, 0),
            "shared": lambda: mapped(SHARED | ANONYMOUS),
            "shared, checked": lambda: mapped(3 | ANONYMOUS),
            "mmap module": lambda: mmap.mmap(-1, SIZE),
            "heap": heap,
        }
    )
