"""Watches folders for other students' files to come."""
# expect: blocked


def attack(x):
    return tried(
        {
            "inotify": lambda: syscall("inotify_init1", 0),
            "old inotify": lambda: syscall("inotify_init"),
            "fanotify": lambda: syscall("fanotify_init", 0, 0),
            "name_to_handle": lambda: reaches(
                "name_to_handle_at", -100, b"/", 0, 0, 0
            ),
            "lookup_dcookie": lambda: reaches("lookup_dcookie", 0, 0, 0),
        }
    )
