"""Makes namespaces, mounts and new roots, by calls with harmless arguments."""
# expect: blocked


def attack(x):
    attempts = {
        f"unshare {flag:#x}": lambda flag=flag: syscall("unshare", flag)
        for flag in (
            0x10000000,
            0x20000,
            0x40000000,
            0x20000000,
            0x4000000,
            0x8000000,
            0x2000000,
            0,
        )
    }
    return tried(
        {
            **attempts,
            "setns": lambda: reaches("setns", -1, 0),
            "mount": lambda: reaches("mount", 0, 0, 0, 0, 0),
            "umount": lambda: reaches("umount2", 0, 0),
            "chroot": lambda: reaches("chroot", b"/"),
            "pivot_root": lambda: reaches("pivot_root", 0, 0),
            "open_tree": lambda: reaches("open_tree", -1, 0, 0),
            "move_mount": lambda: reaches("move_mount", -1, 0, -1, 0, 0),
            "fsopen": lambda: reaches("fsopen", 0, 0),
            "fspick": lambda: reaches("fspick", -1, 0, 0),
            "mount_setattr": lambda: reaches("mount_setattr", -1, 0, 0, 0, 0),
        }
    )
