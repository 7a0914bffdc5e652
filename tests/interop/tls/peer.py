"""Python's asyncio as the other side of a TLS connection.

peer.py server MODE CERT KEY     prints its port, serves until its input ends
peer.py client MODE CERT PORT    connects, prints what it has seen

MODE is "tls" (from the first byte) or "starttls".
"""

import asyncio
import ssl
import sys

SIZE = 300_000


async def starttls_server(reader, writer, context):
    writer.write(b"220 ready\r\n")
    assert await reader.readline() == b"STARTTLS\r\n"
    writer.write(b"220 go ahead\r\n")
    await writer.start_tls(context)


async def starttls_client(reader, writer, context):
    assert await reader.readline() == b"220 ready\r\n"
    writer.write(b"STARTTLS\r\n")
    assert await reader.readline() == b"220 go ahead\r\n"
    await writer.start_tls(context, server_hostname="localhost")


async def server(mode, cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    async def serve(reader, writer):
        if mode == "starttls":
            await starttls_server(reader, writer, context)
        while line := await reader.readline():
            writer.write(b"you said " + line)
        writer.close()

    tls = context if mode == "tls" else None
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    listening.close()


async def client(mode, ca, port):
    context = ssl.create_default_context(cafile=ca)
    tls = {"ssl": context, "server_hostname": "localhost"} if mode == "tls" else {}
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port), **tls)
    if mode == "starttls":
        await starttls_client(reader, writer, context)
    data = b"x" * SIZE + b"\n"
    writer.write(data)
    assert await reader.readexactly(len(data)) == data
    writer.write(b"hello\n")
    print((await reader.readline()).decode().strip())
    print(writer.get_extra_info("ssl_object").version())
    writer.write(b"quit\n")
    # The end of TLS is the end of the stream: without it ssl raises.
    print(await reader.read())
    writer.close()
    await writer.wait_closed()


asyncio.run({"server": server, "client": client}[sys.argv[1]](*sys.argv[2:]))
