"""Opens devices: memory, disks, terminals, virtual machines, file systems in user space."""
# expect: blocked

import os


def attack(x):
    names = (
        "mem",
        "kmem",
        "port",
        "vda",
        "sda",
        "tty",
        "ptmx",
        "kvm",
        "fuse",
        "kmsg",
        "loop-control",
        "full",
    )
    return tried(
        {
            name: lambda name=name: os.open(f"/dev/{name}", os.O_RDONLY)
            for name in names
        }
    )
