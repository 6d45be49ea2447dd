"""Asks for io_uring and asynchronous I/O, whose operations pass by many filters."""
# expect: blocked


def attack(x):
    return tried(
        {
            "io_uring_setup": lambda: reaches("io_uring_setup", 4, bytes(120)),
            "io_uring_enter": lambda: reaches("io_uring_enter", 3, 1, 0, 0, 0),
            "io_uring_register": lambda: reaches(
                "io_uring_register", -1, 0, 0, 0
            ),
            "io_setup": lambda: reaches("io_setup", 1, 0),
            "io_submit": lambda: reaches("io_submit", 0, 0, 0),
            "epoll": lambda: syscall("epoll_create1", 0),
            "eventfd": lambda: syscall("eventfd2", 0, 0),
            "pipe": lambda: syscall("pipe2", bytes(8), 0),
            "timerfd": lambda: syscall("timerfd_create", 1, 0),
            "signalfd": lambda: syscall("signalfd4", -1, bytes(8), 8, 0),
        }
    )
