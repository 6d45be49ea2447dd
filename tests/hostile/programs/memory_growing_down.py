"""Takes memory that grows down as a stack does, which a limit on data does not count: 3 GB."""
# expect: blocked

import ctypes

SIZE = 3 << 30


def attack(x):
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        *[ctypes.c_int] * 3,
        ctypes.c_long,
    ]

    def mapped(flags):
        address = libc.mmap(None, SIZE, 3, 0x22 | flags, -1, 0)
        if address in (None, ctypes.c_void_p(-1).value):
            raise OSError(ctypes.get_errno(), "mmap")
        ctypes.memset(address + SIZE - (64 << 20), 1, 64 << 20)
        return f"{SIZE >> 20} MB"

    return tried(
        {
            "growing down": lambda: mapped(0x100),
            "stack": lambda: mapped(0x20100),
        }
    )
