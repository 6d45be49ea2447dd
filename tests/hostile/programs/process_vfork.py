"""Borrows its own process by vfork, in C, where the child would end at once."""
# expect: blocked

import ctypes
import mmap

# vfork(2) by its number on x86-64; the child exits at once, and the parent returns what it got:
#   mov eax, 58; syscall; test eax, eax; jnz out; xor edi, edi; mov eax, 60; syscall; out: ret
CODE = bytes.fromhex("b83a0000000f0585c0750931ffb83c0000000f05c3")


def attack(x):
    import platform

    if platform.machine() != "x86_64":
        return "blocked: other machines have no vfork"
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
    page.write(CODE)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(
        ctypes.addressof(ctypes.c_char.from_buffer(page))
    )
    result = function()
    return (
        f"blocked: {result}" if result < 0 else f"BREACH: vfork gave {result}"
    )
