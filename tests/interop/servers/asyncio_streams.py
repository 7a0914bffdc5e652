"""Python's asyncio streams as a server and as a client, over TCP, TLS and Unix sockets.

    asyncio_streams.py server tcp PORT [CERT KEY]
    asyncio_streams.py server unix PATH
    asyncio_streams.py client tcp HOST PORT [CA]
    asyncio_streams.py client unix PATH

The server echoes what it reads, greets first, and says how much it was once the client has ended
its direction. The client reads the greeting, echoes lines and a large block, ends its direction
where it can, and prints what it has seen.
"""

import asyncio
import hashlib
import ssl
import sys

BLOCK = bytes(range(256)) * 16_384


async def serve(reader, writer):
    writer.write(b"220 ready\r\n")
    total = 0
    try:
        while data := await reader.read(65_536):
            total += len(data)
            writer.write(data)
            await writer.drain()
        if not writer.get_extra_info("ssl_object"):
            writer.write(b"that was %d" % total)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def server(kind, place, *tls):
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
    if kind == "unix":
        running = await asyncio.start_unix_server(serve, place)
    else:
        running = await asyncio.start_server(serve, "127.0.0.1", int(place), ssl=context)
    async with running:
        await running.serve_forever()


async def client(kind, *place):
    if kind == "unix":
        reader, writer = await asyncio.open_unix_connection(*place)
    else:
        host, port, *ca = place
        context = ssl.create_default_context(cafile=ca[0]) if ca else None
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    print((await reader.readline()).decode().strip())
    for line in (b"hello\n", b"world\r\n"):
        writer.write(line)
        assert await reader.readline() == line
    reading = asyncio.create_task(reader.readexactly(len(BLOCK)))
    writer.write(BLOCK)
    await writer.drain()
    same = await reading == BLOCK
    print("block", same, hashlib.sha256(BLOCK).hexdigest()[:8])
    if writer.can_write_eof():
        writer.write_eof()
        print((await reader.read()).decode())
    writer.close()
    await writer.wait_closed()


role, *rest = sys.argv[1:]
asyncio.run(asyncio.wait_for({"server": server, "client": client}[role](*rest), 50))
