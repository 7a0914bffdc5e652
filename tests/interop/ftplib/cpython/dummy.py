"""The dummy server of CPython's own tests of ftplib, told what to do by lines of JSON."""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import asyncore
import socket

from test import test_ftplib

server = None


def answer(request):
    global server
    do = request.pop("do")
    if do == "start":
        kind = test_ftplib.DummyTLS_FTPServer if request["tls"] else test_ftplib.DummyFTPServer
        family = socket.AF_INET6 if request["host"] == "::1" else socket.AF_INET
        server = kind((request["host"], 0), af=family, encoding=request["encoding"])
        server.start()
        return {"port": server.port, "ca": test_ftplib.CAFILE}
    if do == "stop":
        server.stop()
        asyncore.close_all(ignore_all=True)
        return {}
    if do == "set":
        setattr(server.handler_instance, request["name"], request["value"])
        return {}
    return {"value": getattr(server.handler_instance, request["name"])}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
