"""Copies from one named pipe to another, in upper case, by Python's asyncio."""

import asyncio
import sys


async def main(source, target):
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    file = await asyncio.to_thread(open, source, "rb", 0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
    out = await asyncio.to_thread(open, target, "wb", 0)
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, out
    )
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    async for line in reader:
        writer.write(line.upper())
        await writer.drain()
    writer.close()


asyncio.run(asyncio.wait_for(main(*sys.argv[1:3]), 20))
