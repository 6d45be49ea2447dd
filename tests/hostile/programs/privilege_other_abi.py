"""Calls the kernel by the 32-bit gate and by the x32 numbers, which a filter may have forgotten."""
# expect: blocked|crashed

import ctypes
import mmap
import platform


def attack(x):
    if platform.machine() != "x86_64":
        return "blocked: other machines have no such gate"
    for number in (39, 41):  # getpid, socket
        if libc.syscall(ctypes.c_long(0x40000000 | number), 1, 1, 0) >= 0:
            return f"BREACH: x32 call {number}"
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
    page.write(
        bytes.fromhex("b814000000cd80c3")
    )  # mov eax, 20 (getpid); int 0x80; ret
    gate = ctypes.CFUNCTYPE(ctypes.c_int)(
        ctypes.addressof(ctypes.c_char.from_buffer(page))
    )
    result = gate()
    return (
        f"blocked: {result}"
        if result < 0
        else f"BREACH: 32-bit getpid gave {result}"
    )
