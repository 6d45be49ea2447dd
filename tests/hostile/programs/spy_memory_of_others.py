"""Reads and writes the memory of the zygote, the judge and a sibling."""
# expect: blocked

import ctypes
import os
import struct


def attack(x):
    here = ctypes.create_string_buffer(8)
    address = id(
        attack
    )  # after a fork the same address is mapped in the zygote and the siblings
    local = ctypes.create_string_buffer(
        struct.pack("QQ", ctypes.addressof(here), 8)
    )
    remote = ctypes.create_string_buffer(struct.pack("QQ", address, 8))
    attempts = {}
    for pid in (
        os.getppid(),
        ARENA["zygote"],
        ARENA["judge"],
        ARENA["sibling"],
        os.getpid(),
    ):
        args = pid, local, 1, remote, 1, 0
        attempts[f"readv {pid}"] = lambda args=args: syscall(
            "process_vm_readv", *args
        )
        attempts[f"writev {pid}"] = lambda pid=pid: reaches(
            "process_vm_writev", pid, 0, 0, 0, 0, 0
        )
        attempts[f"mem {pid}"] = lambda pid=pid: open(
            f"/proc/{pid}/mem", "rb"
        ).read(1)
        attempts[f"kcmp {pid}"] = lambda pid=pid: syscall(
            "kcmp", pid, pid, 0, 3, 3
        )
    return tried(attempts)
