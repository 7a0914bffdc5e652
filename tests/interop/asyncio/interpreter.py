"""Runs programs with asyncio, by a clock that does not wait: one in each line of the input.

See program.ts for what a program is, interpreter.ts for the same with Tulip.
Milliseconds stand for seconds, so that sums of times are exact.
"""

import asyncio
import json
import selectors
import sys
import warnings

from newer import Task, TaskGroup, timeout, wait_for
from newer_locks import Barrier, BoundedSemaphore, Condition, LifoQueue, PriorityQueue, Queue, Semaphore

END = 60
ROUNDS = 60
CAUGHT = {
    "cancelled": asyncio.CancelledError,
    "errors": Exception,
    "all": (Exception, asyncio.CancelledError),
    None: (),
}
LOCKS = {
    "Lock": asyncio.Lock,
    "Semaphore": lambda: Semaphore(2),
    "BoundedSemaphore": BoundedSemaphore,
    "Condition": Condition,
}
QUEUES = {"Queue": Queue, "LifoQueue": LifoQueue, "PriorityQueue": PriorityQueue}
ERRORS = {"ValueError": ValueError, "KeyError": KeyError}


class TimerHandle(asyncio.TimerHandle):
    """Timers of the same time in the order of their making, as Tulip promises it; a heap does not."""

    made = 0

    def __init__(self, *args):
        super().__init__(*args)
        TimerHandle.made += 1
        self.order = TimerHandle.made

    def __lt__(self, other):
        return (self._when, self.order) < (other._when, other.order)


asyncio.events.TimerHandle = TimerHandle


class Selector(selectors.SelectSelector):
    """Lets time pass at once."""

    now = 0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("The program waits for ever")
        self.now += timeout
        return []


class EventLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.selector = Selector()
        super().__init__(self.selector)
        self._clock_resolution = 0.5  # a timer is due before this has passed
        self.set_task_factory(lambda loop, coro, **options: Task(coro, loop=loop, **options))
        self.set_exception_handler(lambda loop, context: None)

    def time(self):
        return self.selector.now


class Interpreter:
    def __init__(self, program):
        self.trace = []
        self.main = program["main"]
        self.loop = asyncio.get_running_loop()
        self.locks = [LOCKS[kind]() for kind in program["locks"]]
        self.events = [asyncio.Event() for _ in range(program["events"])]
        self.barriers = [Barrier(parties) for parties in program["barriers"]]
        self.queues = [QUEUES[queue["kind"]](queue["size"]) for queue in program["queues"]]
        self.futures = [self.loop.create_future() for _ in range(program["futures"])]
        self.started = {}
        # Tasks in which a body has begun: some are in no step's hands, as those of gather.
        self.begun = []

    async def run(self):
        self.started[0] = asyncio.create_task(self.task({"id": 0, "body": self.main}, None))
        await asyncio.sleep(END)
        for _ in range(ROUNDS):
            known = [future for _, future in sorted(self.started.items())] + self.begun
            left = dict.fromkeys(future for future in known if not future.done())
            if not left:
                break
            for future in left:
                future.cancel()
            await asyncio.sleep(1)
        for number, future in sorted(self.started.items()):
            self.log("end", f"{number} {show(future)}")

    def log(self, who, what):
        self.trace.append(f"{self.loop.time()} {who} {what}")

    async def task(self, item, group):
        number = item["id"]
        self.begun.append(asyncio.current_task())
        self.log(number, "begins")
        await self.block((number, group), item["body"])
        self.log(number, "ends")
        return number

    async def block(self, place, steps):
        for step in steps:
            result = await getattr(self, "step_" + step["op"])(place, step)
            self.log(place[0], f"{step['op']}{step['id']} {show(result)}")

    async def step_log(self, place, step):
        pass

    async def step_uncancel(self, place, step):
        return asyncio.current_task().uncancel()

    async def step_cancelling(self, place, step):
        return asyncio.current_task().cancelling()

    async def step_callSoon(self, place, step):
        self.loop.call_soon(self.log, "callback", str(step["id"]))

    async def step_callLater(self, place, step):
        self.loop.call_later(step["ms"], self.log, "callback", str(step["id"]))

    async def step_raise(self, place, step):
        raise ERRORS[step["error"]]

    async def step_sleep(self, place, step):
        return await asyncio.sleep(step["ms"], step["id"])

    async def step_start(self, place, step):
        items = step["items"]
        coroutines = [self.task(item, place[1]) for item in items]
        if step["kind"] == "gather":
            self.started[step["id"]] = asyncio.gather(*coroutines)
            return
        task = asyncio.create_task(coroutines[0])
        self.started[items[0]["id"]] = task
        if step["kind"] == "shield":
            self.started[step["id"]] = asyncio.shield(task)

    async def step_startInGroup(self, place, step):
        coroutine = self.task(step, place[1])
        try:
            self.started[step["id"]] = place[1].create_task(coroutine)
        except RuntimeError:
            coroutine.close()
            raise

    async def step_await(self, place, step):
        if step["ref"] in self.started:
            return await self.started[step["ref"]]

    async def step_doneCallback(self, place, step):
        if step["ref"] in self.started:
            self.started[step["ref"]].add_done_callback(
                lambda future: self.log("callback", f"{step['id']} {show(future)}")
            )

    async def step_cancel(self, place, step):
        if step["ref"] in self.started:
            return self.started[step["ref"]].cancel(step["message"])

    async def step_set(self, place, step):
        self.events[step["event"]].set()

    async def step_clear(self, place, step):
        self.events[step["event"]].clear()

    async def step_waitEvent(self, place, step):
        return await self.events[step["event"]].wait()

    async def step_acquire(self, place, step):
        await self.locks[step["lock"]].acquire()

    async def step_release(self, place, step):
        self.locks[step["lock"]].release()

    async def step_locked(self, place, step):
        async with self.locks[step["lock"]]:
            await self.block(place, step["body"])

    async def step_waitNotified(self, place, step):
        return await self.locks[step["lock"]].wait()

    async def step_waitUntilSet(self, place, step):
        return await self.locks[step["lock"]].wait_for(self.events[step["event"]].is_set)

    async def step_notify(self, place, step):
        self.locks[step["lock"]].notify(step["count"])

    async def step_notifyAll(self, place, step):
        self.locks[step["lock"]].notify_all()

    async def step_meet(self, place, step):
        return await self.barriers[step["barrier"]].wait()

    async def step_resetBarrier(self, place, step):
        await self.barriers[step["barrier"]].reset()

    async def step_abortBarrier(self, place, step):
        await self.barriers[step["barrier"]].abort()

    async def step_put(self, place, step):
        await self.queues[step["queue"]].put(step["id"])

    async def step_putNowait(self, place, step):
        self.queues[step["queue"]].put_nowait(step["id"])

    async def step_get(self, place, step):
        return await self.queues[step["queue"]].get()

    async def step_getNowait(self, place, step):
        return self.queues[step["queue"]].get_nowait()

    async def step_taskDone(self, place, step):
        self.queues[step["queue"]].task_done()

    async def step_join(self, place, step):
        await self.queues[step["queue"]].join()

    async def step_shutdown(self, place, step):
        self.queues[step["queue"]].shutdown(step["immediate"])

    async def step_setResult(self, place, step):
        self.futures[step["future"]].set_result(step["id"])

    async def step_setException(self, place, step):
        self.futures[step["future"]].set_exception(ValueError())

    async def step_cancelFuture(self, place, step):
        return self.futures[step["future"]].cancel(f"f{step['id']}")

    async def step_awaitFuture(self, place, step):
        return await self.futures[step["future"]]

    def item(self, place, item):
        if "ref" in item:
            return self.started.get(item["ref"])
        return self.task(item, place[1])

    def futures_of(self, refs):
        return list(dict.fromkeys(self.started[ref] for ref in refs if ref in self.started))

    async def step_shield(self, place, step):
        item = self.item(place, step["item"])
        if item is not None:
            return await asyncio.shield(item)

    async def step_gather(self, place, step):
        items = [self.item(place, item) for item in step["items"]]
        # Cancels twice what is given twice; and before 3.12, what is done takes a turn.
        items = [item for item in dict.fromkeys(items) if item is not None and not is_done(item)]
        return await asyncio.gather(*items, return_exceptions=step["returnExceptions"])

    async def step_wait(self, place, step):
        futures = self.futures_of(step["refs"])
        if futures:
            done, _ = await asyncio.wait(
                futures, timeout=step["ms"], return_when=step["returnWhen"]
            )
            return [show(future) if future in done else "pending" for future in futures]

    async def step_asCompleted(self, place, step):
        # Asks what is done already in the order of a set, which is that of addresses.
        futures = [future for future in self.futures_of(step["refs"]) if not future.done()]
        for next in asyncio.as_completed(futures, timeout=step["ms"]):
            self.log(place[0], f"next {show(await next)}")

    async def step_waitFor(self, place, step):
        item = self.item(place, step["item"])
        if item is not None:
            return await wait_for(item, step["ms"])

    async def step_cancelGroup(self, place, step):
        place[1].cancel()

    async def step_group(self, place, step):
        async with TaskGroup() as group:
            await self.block((place[0], group), step["body"])

    async def step_timeout(self, place, step):
        limit = timeout(step["ms"])
        try:
            async with limit:
                if step["then"] is not None:
                    limit.reschedule(self.loop.time() + step["then"])
                await self.block(place, step["body"])
        finally:
            self.log(place[0], f"limit{step['id']} {show(limit.expired())}")

    async def step_try(self, place, step):
        try:
            try:
                await self.block(place, step["body"])
            except CAUGHT[step["catches"]] as error:
                cancelling = asyncio.current_task().cancelling()
                self.log(place[0], f"catch{step['id']} {name(error)} {cancelling}")
                await self.block(place, step["handler"])
                if step["rethrow"]:
                    raise error
        finally:
            self.log(place[0], f"finally{step['id']}")
            await self.block(place, step["last"])


def is_done(item):
    return asyncio.isfuture(item) and item.done()


def show(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, asyncio.CancelledError):
        # Among the results of gather, this is a new error, without the message of the cancellation.
        return "CancelledError"
    if isinstance(value, BaseException):
        return name(value)
    if not asyncio.isfuture(value):
        return str(value)
    if not value.done():
        return "pending"
    if value.cancelled():
        return "cancelled"
    return show(value.exception() or value.result())


def name(error):
    if isinstance(error, BaseExceptionGroup):
        return f"ExceptionGroup[{', '.join(map(name, error.exceptions))}]"
    if isinstance(error, asyncio.CancelledError):
        return f"CancelledError({error.args[0] if error.args and error.args[0] else ''})"
    return type(error).__name__


async def run(program):
    interpreter = Interpreter(program)
    await interpreter.run()
    return interpreter.trace


def main():
    # A coroutine that a program never comes to await is none of its results.
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        with asyncio.Runner(loop_factory=EventLoop) as runner:
            print(json.dumps(runner.run(run(json.loads(line)))), flush=True)


main()
