"""Runs a program on a terminal of its own, types at it, and prints what the terminal shows."""

import os
import pty
import select
import sys
import time


def read_until(master, text, limit=20):
    shown = b""
    end = time.monotonic() + limit
    while text not in shown:
        ready, _, _ = select.select([master], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise TimeoutError(f"the terminal shows {shown!r}")
        try:
            shown += os.read(master, 1024)
        except OSError:  # The program has closed the terminal.
            return shown
    return shown


pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = read_until(master, b"ready\r\n")
os.write(master, b"hello\n")
shown += read_until(master, b"HELLO\r\n")
os.write(master, b"\x04")  # The end of input.
shown += read_until(master, b"bye\r\n")
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode().replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(status))
