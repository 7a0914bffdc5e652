"""The echo servers of Python: asyncio or uvloop; streams, Protocol or BufferedProtocol.

    python_echo.py asyncio|uvloop HOW plain|tls|starttls [CERT KEY]

Prints its port as JSON and serves until it is killed.
"""

import asyncio
import json
import ssl
import sys

LARGEST = 262_144
LIMIT = 1_048_576

loop_name, how, mode = sys.argv[1:4]
context = None
if mode != "plain":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*sys.argv[4:6])


async def serve_stream(reader, writer):
    if mode == "starttls":
        await reader.readline()
        writer.write(b"OK\r\n")
        await writer.drain()
        await writer.start_tls(context)
    while True:
        data = await (reader.readline() if how == "readline" else reader.read(LARGEST))
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.close()


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class EchoBufferedProtocol(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray(LARGEST)
        self.view = memoryview(self.buffer)

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, nbytes):
        self.transport.write(bytes(self.view[:nbytes]))


async def main():
    loop = asyncio.get_running_loop()
    tls = context if mode == "tls" else None
    if how in ("read", "readline"):
        server = await asyncio.start_server(
            serve_stream, "127.0.0.1", 0, ssl=tls, limit=LIMIT)
    else:
        factory = EchoBufferedProtocol if how == "buffered" else EchoProtocol
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    await server.serve_forever()


if loop_name == "uvloop":
    import uvloop
    uvloop.install()
asyncio.run(main())
