"""The loop's bench with asyncio, or with uvloop: python3 asyncio_loop.py asyncio|uvloop MODE [PORT]"""

import asyncio
import gc
import json
import resource
import statistics
import sys
import time

kind, mode, *rest = sys.argv[1:]


def nothing():
    pass


async def immediate():
    pass


async def nap(seconds):
    await asyncio.sleep(seconds)


async def call_soon_batch(count):
    loop = asyncio.get_running_loop()
    for _ in range(count):
        loop.call_soon(nothing)
    await asyncio.sleep(0)


async def call_soon_chain(count):
    loop = asyncio.get_running_loop()
    end = loop.create_future()
    left = count

    def step():
        nonlocal left
        left -= 1
        if left == 0:
            end.set_result(None)
        else:
            loop.call_soon(step)

    loop.call_soon(step)
    await end


async def sleep_zero(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def in_tasks(tasks, count, work):
    await asyncio.gather(*[work(-(-count // tasks)) for _ in range(tasks)])


async def create_and_await(count):
    for _ in range(count):
        await asyncio.create_task(immediate())


async def queue_alone(count):
    queue = asyncio.Queue()
    for i in range(count):
        await queue.put(i)
        await queue.get()


async def queue_between(count):
    queue = asyncio.Queue(1)

    async def produce():
        for i in range(count):
            await queue.put(i)

    producer = asyncio.create_task(produce())
    for _ in range(count):
        await queue.get()
    await producer


async def lock_alone(count):
    lock = asyncio.Lock()
    for _ in range(count):
        async with lock:
            pass


async def lock_contended(count):
    lock = asyncio.Lock()

    async def want(times):
        for _ in range(times):
            async with lock:
                await asyncio.sleep(0)

    await in_tasks(100, count, want)


async def set_and_await(count):
    loop = asyncio.get_running_loop()
    for i in range(count):
        future = loop.create_future()
        loop.call_soon(future.set_result, i)
        await future


async def call_later_and_cancel(count):
    loop = asyncio.get_running_loop()
    for _ in range(count):
        loop.call_later(10, nothing).cancel()


async def timeout_block(count):
    for _ in range(count):
        async with asyncio.timeout(10):
            await immediate()


async def timeout_strikes(count):
    for _ in range(count):
        try:
            async with asyncio.timeout(0):
                await asyncio.sleep(60)
        except TimeoutError:
            pass


async def cancel_sleeping(count):
    for _ in range(count):
        task = asyncio.create_task(nap(60))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass


async def timers(count):
    loop = asyncio.get_running_loop()
    handles = [loop.call_later(1 + (i * 7919) % 60_000 / 1000, nothing) for i in range(count)]
    for handle in handles:
        handle.cancel()


ROWS = [
    ("callSoon: a batch", 50_000, 5, call_soon_batch),
    ("callSoon: a chain", 50_000, 5, call_soon_chain),
    ("sleep(0): 1 task", 25_000, 5, sleep_zero),
    ("sleep(0): 100 tasks", 50_000, 5, lambda count: in_tasks(100, count, sleep_zero)),
    ("create and await a task", 10_000, 5, create_and_await),
    (
        "gather: each at once",
        100_000,
        2,
        lambda count: asyncio.gather(*[immediate() for _ in range(count)]),
    ),
    (
        "gather: each sleep(0)",
        100_000,
        2,
        lambda count: asyncio.gather(*[nap(0) for _ in range(count)]),
    ),
    (
        "gather: each sleep(1 ms)",
        100_000,
        2,
        lambda count: asyncio.gather(*[nap(0.001) for _ in range(count)]),
    ),
    ("Queue(): put and get", 50_000, 5, queue_alone),
    ("Queue(1): from task to task", 10_000, 5, queue_between),
    ("Lock: nobody else wants it", 50_000, 5, lock_alone),
    ("Lock: 100 tasks want it", 10_000, 5, lock_contended),
    ("future: set and await", 25_000, 5, set_and_await),
    ("callLater and cancel", 25_000, 5, call_later_and_cancel),
    ("timeout() around a block", 25_000, 5, timeout_block),
    ("timeout() that strikes", 5_000, 5, timeout_strikes),
    ("cancel a sleeping task", 10_000, 5, cancel_sleeping),
    ("1,000,000 timers: set, cancel", 1_000_000, 1, timers),
]


async def speed():
    figures = {}
    for name, count, rounds, work in ROWS:
        await work(-(-count // 10))
        gc.collect()
        best = float("inf")
        for _ in range(rounds):
            began = time.perf_counter()
            await work(count)
            best = min(best, time.perf_counter() - began)
        figures[name] = best * 1e9 / count
    return figures


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


async def memory():
    count = 100_000
    gc.collect()
    before = resident()
    tasks = [asyncio.create_task(nap(60)) for _ in range(count)]
    await asyncio.sleep(0)
    gc.collect()
    figures = {"a sleeping task: resident": (resident() - before) / count}
    for task in tasks:
        task.cancel()
    return figures


async def lateness():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(rest[0]))
    spinner = asyncio.create_task(sleep_zero(1_000_000_000))
    timers, trips = [], []
    for _ in range(60):
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        timers.append((time.perf_counter() - began) * 1000 - 5)
        began = time.perf_counter()
        writer.write(b"x")
        await reader.readexactly(1)
        trips.append((time.perf_counter() - began) * 1000)
    spinner.cancel()
    writer.close()
    return {
        "5 ms timer, late by: median": statistics.median(timers),
        "5 ms timer, late by: worst": max(timers),
        "loopback round trip: median": statistics.median(trips),
        "loopback round trip: worst": max(trips),
    }


async def main():
    figures = await {"speed": speed, "memory": memory, "lateness": lateness}[mode]()
    print(json.dumps({"rows": figures}))


if kind == "uvloop":
    import uvloop

    factory = uvloop.new_event_loop
else:
    factory = None
with asyncio.Runner(loop_factory=factory) as runner:
    runner.run(main())
