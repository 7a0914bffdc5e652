"""Peers by Python's asyncio, for the tests of transports.

peer.py echo [CERT KEY]         an echo until the end of the client's side; prints its port
peer.py starttls CERT KEY       the same after the line STARTTLS, and TLS; prints its port
peer.py ask PORT SIZE [CA VERSION]   sends so many bytes, and prints what came back
peer.py asktls PORT CA          says STARTTLS, makes TLS, and prints the answer to a line
"""

import asyncio
import hashlib
import json
import ssl
import sys


def server_context(cert, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def upgrading(reader, writer, context):
    assert await reader.readline() == b"STARTTLS\n"
    writer.write(b"go\n")
    await writer.start_tls(context)
    await echo(reader, writer)


async def serve(serve_one, context=None):
    server = await asyncio.start_server(serve_one, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Asking(asyncio.Protocol):
    def __init__(self, message):
        self.message = message
        self.digest = hashlib.sha256()
        self.came = 0
        self.told = []
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.told.append("made")
        transport.write(self.message)
        if transport.get_extra_info("ssl_object") is None:
            transport.write_eof()

    def data_received(self, data):
        self.digest.update(data)
        self.came += len(data)
        if self.came == len(self.message) and self.transport.get_extra_info("ssl_object"):
            self.transport.close()

    def eof_received(self):
        self.told.append("eof")

    def connection_lost(self, error):
        self.told.append("lost" if error is None else repr(error))
        self.done.set_result(None)


async def ask(port, size, ca=None, version=None):
    context = None
    if ca is not None:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    message = bytes(at * 31 >> 8 & 255 for at in range(int(size)))
    host = "127.0.0.1" if context is None else "localhost"
    _, protocol = await asyncio.get_running_loop().create_connection(
        lambda: Asking(message), host, int(port), ssl=context
    )
    spoken = protocol.transport.get_extra_info("ssl_object")
    answer = {"version": spoken and spoken.version()}
    await protocol.done
    answer["same"] = protocol.digest.digest() == hashlib.sha256(message).digest()
    answer["told"] = protocol.told
    print(json.dumps(answer), flush=True)


async def ask_tls(port, ca):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(b"STARTTLS\n")
    assert await reader.readline() == b"go\n"
    context = ssl.create_default_context(cafile=ca)
    await writer.start_tls(context, server_hostname="localhost")
    writer.write(b"secret\n")
    answer = await reader.readline()
    print(json.dumps({"answer": answer.decode(), "cipher": writer.get_extra_info("cipher")[0]}))
    writer.close()


match sys.argv[1:]:
    case ["echo"]:
        asyncio.run(serve(echo))
    case ["echo", cert, key]:
        asyncio.run(serve(echo, server_context(cert, key)))
    case ["starttls", cert, key]:
        context = server_context(cert, key)
        asyncio.run(serve(lambda reader, writer: upgrading(reader, writer, context)))
    case ["ask", *arguments]:
        asyncio.run(ask(*arguments))
    case ["asktls", port, ca]:
        asyncio.run(ask_tls(port, ca))
