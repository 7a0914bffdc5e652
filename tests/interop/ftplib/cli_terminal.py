"""Runs a program on a terminal of its own, as somebody who reads and types would.

The first argument is a list of steps in JSON: {"wait": text} waits until the terminal shows it,
{"type": text} types, {"resize": [rows, columns]} makes the terminal larger or smaller, and
{"echo": true} notes whether what is typed is shown. Then everything is read to the end. Prints, in
JSON, what was shown, the notes, whether the terminal shows again what is typed, and how the program
ended.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 40


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def read_some(master, end):
    ready, _, _ = select.select([master], [], [], max(0, end - time.monotonic()))
    if not ready:
        return None
    try:
        return os.read(master, 65536)
    except OSError:  # The program has closed the terminal.
        return b""


steps = json.loads(sys.argv[1])
ours, theirs = pty.openpty()
set_size(ours, 24, 80)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(theirs, fd)
    os.close(ours)
    os.close(theirs)
    os.execvp(sys.argv[2], sys.argv[2:])

end = time.monotonic() + LIMIT
shown = b""
notes = []
failed = None
for step in steps:
    if "wait" in step:
        while step["wait"].encode() not in shown:
            more = read_some(ours, end)
            if not more:
                failed = f"never shown: {step['wait']!r}"
                break
            shown += more
    elif "type" in step:
        os.write(ours, step["type"].encode())
    elif "resize" in step:
        set_size(ours, *step["resize"])
    elif "echo" in step:
        notes.append(echoes(ours))
    if failed:
        os.kill(pid, signal.SIGKILL)
        break

status = None
while status is None:
    # This side holds the terminal open too, so that its settings can still be asked for.
    ready, _, _ = select.select([ours], [], [], 0.05)
    if ready:
        shown += os.read(ours, 65536)
        continue
    ended, code = os.waitpid(pid, os.WNOHANG)
    if ended:
        status = os.waitstatus_to_exitcode(code)
    elif time.monotonic() > end:
        failed = failed or "it does not end"
        os.kill(pid, signal.SIGKILL)

print(json.dumps({
    "shown": shown.decode(errors="replace"),
    "notes": notes,
    "echo": echoes(ours),
    "code": status,
    "failed": failed,
}))
