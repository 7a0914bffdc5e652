"""What asyncio does since Python 3.13, for a Python that is older: its corrections of cancellation.
And what its task groups do since 3.15.

Tulip follows these. On newer Pythons, everything here is asyncio's own.
"""

import asyncio
import sys
from asyncio import CancelledError
from asyncio.timeouts import _State

NEW = sys.version_info >= (3, 13)
GROUPS_CANCEL = hasattr(asyncio.TaskGroup, "cancel")


class OlderTask(asyncio.tasks._PyTask):
    """Forgets a cancellation that was taken back before it was delivered."""

    def uncancel(self):
        left = super().uncancel()
        if left == 0:
            self._must_cancel = False
        return left


class OlderTimeout(asyncio.Timeout):
    """Counts how often its task was cancelled before."""

    async def __aenter__(self):
        await super().__aenter__()
        self._before = self._task.cancelling()
        return self

    async def __aexit__(self, kind, error, trace):
        expiring = self._state is _State.EXPIRING
        await super().__aexit__(None, None, None)
        if expiring and self._task.cancelling() <= self._before:
            if isinstance(error, CancelledError):
                raise TimeoutError from error


def older_timeout(delay):
    return OlderTimeout(None if delay is None else asyncio.get_running_loop().time() + delay)


async def older_wait_for(awaitable, delay):
    """Runs a coroutine in the current task."""
    if delay is None or delay > 0:
        async with older_timeout(delay):
            return await awaitable
    future = asyncio.ensure_future(awaitable)
    if future.done():
        return future.result()
    await asyncio.tasks._cancel_and_wait(future, asyncio.get_running_loop())
    try:
        return future.result()
    except CancelledError as error:
        raise TimeoutError from error


class Ordered(dict):
    """A set in order: that of a plain one is the order of addresses."""

    def add(self, item):
        self[item] = True

    def discard(self, item):
        self.pop(item, None)


class NewerTaskGroup(asyncio.TaskGroup):
    """Cancels its tasks in the order in which they were made, as Tulip does."""

    def __init__(self):
        super().__init__()
        self._tasks = Ordered()


class OlderTaskGroup(NewerTaskGroup):
    """Leaves the count of cancellations as it was, and can be cancelled."""

    def cancel(self):
        if self._exiting and not self._tasks or self._aborting:
            return
        self._abort()
        self._parent_cancel_requested = True
        self._parent_task.cancel()

    async def __aexit__(self, kind, error, trace):
        self._exiting = True
        cancelled = isinstance(error, CancelledError)
        cancellation = error if cancelled else None
        last = None
        if error is not None and not self._aborting:
            self._abort()
        while self._tasks:
            self._on_completed_fut = self._loop.create_future()
            try:
                await self._on_completed_fut
            except CancelledError as another:
                last = another
                if not self._aborting:
                    cancellation = another
                    self._abort()
            self._on_completed_fut = None
        parent = self._parent_task
        if self._parent_cancel_requested:
            cancellation = None if parent.uncancel() == 0 else cancellation or last
        if cancellation is not None and not self._errors:
            raise cancellation
        if error is not None and not cancelled:
            self._errors.append(error)
        if self._errors:
            if parent.cancelling():
                parent.uncancel()
                parent.cancel()
            raise BaseExceptionGroup("errors", self._errors) from None
        return True


Task = asyncio.Task if NEW else OlderTask
TaskGroup = NewerTaskGroup if GROUPS_CANCEL else OlderTaskGroup
timeout = asyncio.timeout if NEW else older_timeout
wait_for = asyncio.wait_for if NEW else older_wait_for
