"""Passes handles over the frame socket, and tries to take some from it or from other processes."""
# expect: blocked

import os
import socket


def attack(x):
    def taken(pid):
        return syscall("pidfd_getfd", syscall("pidfd_open", pid, 0), 3, 0)

    return tried(
        {
            "send": lambda: socket.send_fds(
                socket.socket(fileno=3), [b"x"], [0]
            ),
            "receive": lambda: socket.recv_fds(
                socket.socket(fileno=3), 1, 1, socket.MSG_DONTWAIT
            ),
            "sendmsg": lambda: reaches("sendmsg", 3, 0, 0),
            "recvmsg": lambda: reaches("recvmsg", 3, 0, 0x40),
            "sendto": lambda: reaches("sendto", 3, 0, 0, 0, 0, 0),
            "dup": lambda: os.dup(3),
            "dup2": lambda: os.dup2(3, 9),
            "parent's": lambda: taken(os.getppid()),
            "judge's": lambda: taken(ARENA["judge"]),
        }
    )
