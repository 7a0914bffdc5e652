"""What asyncio's locks and queues do since Python 3.13, for a Python that is older.

Tulip follows these. On newer Pythons, everything here is asyncio's own.
"""

import asyncio
import sys
from asyncio import CancelledError

NEW = sys.version_info >= (3, 13)


class OlderCondition(asyncio.Condition):
    """Loses no notification, and throws the cancellation itself."""

    async def wait(self):
        if not self.locked():
            raise RuntimeError
        waiter = self._get_loop().create_future()
        self.release()
        try:
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                self._waiters.remove(waiter)
                await self.take_again()
        except BaseException:
            self.notify()
            raise
        return True

    async def take_again(self):
        last = None
        held = False
        while not held:
            try:
                held = await self.acquire()
            except CancelledError as error:
                last = error
        if last is not None:
            raise last


class OlderBarrier(asyncio.Barrier):
    """Waits by the newer condition."""

    def __init__(self, parties):
        super().__init__(parties)
        self._cond = Condition()


class OlderSemaphore(asyncio.Semaphore):
    """Lets as many go on as there is room for, and nobody overtake them."""

    def __init__(self, value=1):
        super().__init__(value)
        self.line = []

    def locked(self):
        return self._value == 0 or not all(place.cancelled() for place in self.line)

    async def acquire(self):
        if not self.locked():
            self._value -= 1
            return True
        place = asyncio.get_running_loop().create_future()
        self.line.append(place)
        try:
            try:
                await place
            finally:
                self.line.remove(place)
        except CancelledError:
            if not place.cancelled():
                self._value += 1
            raise
        finally:
            while self._value > 0 and self.let_in():
                pass
        return True

    def release(self):
        self._value += 1
        self.let_in()

    def let_in(self):
        place = next((place for place in self.line if not place.done()), None)
        if place is not None:
            self._value -= 1
            place.set_result(True)
        return place is not None


class OlderBoundedSemaphore(OlderSemaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self.bound = value

    def release(self):
        if self._value >= self.bound:
            raise ValueError
        super().release()


class QueueShutDown(Exception):
    pass


class Ending:
    """Can be shut down: then nothing waits for it any more."""

    is_shut = False

    def full(self):
        return not self.is_shut and super().full()

    def empty(self):
        return not self.is_shut and super().empty()

    def put_nowait(self, item):
        if self.is_shut:
            raise QueueShutDown
        super().put_nowait(item)

    def get_nowait(self):
        if self.is_shut and self.qsize() == 0:
            raise QueueShutDown
        return super().get_nowait()

    def shutdown(self, immediate=False):
        self.is_shut = True
        while immediate and self.qsize() > 0:
            self._get()
            self._unfinished_tasks = max(0, self._unfinished_tasks - 1)
        if self._unfinished_tasks == 0:
            self._finished.set()
        while self._getters:
            self._wakeup_next(self._getters)
        while self._putters:
            self._wakeup_next(self._putters)


class OlderQueue(Ending, asyncio.Queue):
    pass


class OlderLifoQueue(Ending, asyncio.LifoQueue):
    pass


class OlderPriorityQueue(Ending, asyncio.PriorityQueue):
    pass


Barrier = asyncio.Barrier if NEW else OlderBarrier
Condition = asyncio.Condition if NEW else OlderCondition
Semaphore = asyncio.Semaphore if NEW else OlderSemaphore
BoundedSemaphore = asyncio.BoundedSemaphore if NEW else OlderBoundedSemaphore
Queue = asyncio.Queue if NEW else OlderQueue
LifoQueue = asyncio.LifoQueue if NEW else OlderLifoQueue
PriorityQueue = asyncio.PriorityQueue if NEW else OlderPriorityQueue
