"""Maps 256 GB to read only, and touches it so that the kernel spends memory on its own tables."""
# expect: blocked

import ctypes


def attack(x):
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        *[ctypes.c_int] * 3,
        ctypes.c_long,
    ]
    size = 256 << 30
    address = libc.mmap(None, size, 1, 0x4022, -1, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        return f"blocked: error {ctypes.get_errno()}"
    for offset in range(0, 16 << 30, 2 << 20):  # 8192 tables of 4 kB
        ctypes.c_char.from_address(address + offset).value
    return "BREACH: tables for 256 GB"
