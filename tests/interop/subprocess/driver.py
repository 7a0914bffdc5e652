"""Starts children with asyncio, and prints what becomes of them, a line for each step.

driver.ts does the same with Tulip; the two must print the same.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT


def log(*words):
    print(*words, flush=True)


def brief(data):
    return None if data is None else f"{len(data)} {data[:20].decode()!r} {sum(data)}"


async def dialogue(program):
    child = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    for word in ("one", "two", "ö"):
        child.stdin.write(f"{word}\n".encode())
        await child.stdin.drain()
        log("said", (await child.stdout.readline()).decode().strip())
    log("running", child.returncode)
    child.stdin.close()
    log("rest", await child.stdout.read(), (await child.stderr.read()).decode().strip())
    log("ended", await child.wait(), child.returncode)


async def much(program):
    child = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    output, errors = await child.communicate(b"line of text\n" * 20_000)
    log("much", brief(output), brief(errors), child.returncode)


async def joined():
    child = await asyncio.create_subprocess_shell(
        "for i in 1 2 3; do echo out$i; echo err$i >&2; done; exit 9", stdout=PIPE, stderr=STDOUT)
    log("joined", child.stderr is None, (await child.communicate())[0].decode().split(), child.returncode)


async def endings():
    for code in (0, 7, 255):
        child = await asyncio.create_subprocess_shell(f"exit {code}")
        log("exit", await child.wait())
    for name in ("SIGTERM", "SIGKILL", "SIGHUP", "SIGUSR2"):
        child = await asyncio.create_subprocess_exec("sleep", "60")
        child.send_signal(getattr(signal, name))
        log(name, await child.wait())
    for method in ("kill", "terminate"):
        try:
            getattr(child, method)()
        except Exception as error:
            log(method, type(error).__name__)


async def refusals():
    for program in ("no-such-program", "/no/such/program", "/etc/passwd", "/tmp"):
        try:
            await asyncio.create_subprocess_exec(program, stdout=PIPE)
        except OSError as error:
            log(program, type(error).__name__)
    try:
        await asyncio.create_subprocess_exec("true", cwd="/no/such/folder")
    except OSError as error:
        log("cwd", type(error).__name__)


async def edges():
    child = await asyncio.create_subprocess_exec("true", stdin=PIPE)
    log("unread input", await child.communicate(b"x" * 1_000_000), child.returncode)
    child = await asyncio.create_subprocess_shell("wc -c; echo x >&2", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    output, errors = await child.communicate()
    log("devnull", output.decode().strip(), errors)
    child = await asyncio.create_subprocess_shell("printf '%05000d' 1; exit 3", stdout=PIPE)
    log("wait first", await child.wait(), brief(await child.stdout.read()))
    child = await asyncio.create_subprocess_exec("sleep", "60")
    task = asyncio.create_task(child.wait())
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        log("cancelled", child.returncode)
    child.kill()
    log("killed", await child.wait())
    child = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    child.stdin.write(b"abc")
    child.stdin.write_eof()
    log("eof", await child.communicate(), child.returncode)


async def main():
    program = sys.argv[1:]
    await dialogue(program)
    await much(program)
    await joined()
    await endings()
    await refusals()
    await edges()


asyncio.run(main())
