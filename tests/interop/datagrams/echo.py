"""A server for datagrams on Python's asyncio: it prints its port, and answers in upper case.

An empty datagram ends it.
"""

import asyncio
import sys


class Echo(asyncio.DatagramProtocol):
    def __init__(self, ended):
        self.ended = ended

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if data:
            self.transport.sendto(data.upper(), address)
        else:
            self.ended.set_result(None)


async def main(host):
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Echo(ended), local_addr=(host, 0)
    )
    print(transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.wait_for(ended, 20)
    transport.close()


asyncio.run(main(sys.argv[1]))
