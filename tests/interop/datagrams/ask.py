"""A client for datagrams on Python's asyncio: it sends, and prints what comes back.

When nobody listens any more it prints the error that its system tells.
"""

import asyncio
import sys


class Asking(asyncio.DatagramProtocol):
    def __init__(self):
        self.answers = asyncio.Queue()

    def datagram_received(self, data, address):
        self.answers.put_nowait(data.decode())

    def error_received(self, error):
        self.answers.put_nowait(type(error).__name__)


async def main(host, port):
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        Asking, remote_addr=(host, port)
    )
    for text in ("one", "x" * 60000, "end"):
        transport.sendto(text.encode())
        answer = await asyncio.wait_for(protocol.answers.get(), 10)
        print(answer if len(answer) < 100 else len(answer), flush=True)
    await asyncio.sleep(0.1)
    transport.sendto(b"anybody there?")
    print(await asyncio.wait_for(protocol.answers.get(), 10), flush=True)
    transport.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
