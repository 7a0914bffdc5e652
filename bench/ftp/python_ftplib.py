"""Python's ftplib on the work that its argument describes."""

import ftplib
import json
import os
import queue
import resource
import ssl
import sys
import threading
import time

work = json.loads(sys.argv[1])
path, local = work["path"], work["local"]


def connect():
    ca = work.get("caFile")
    ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=ca)) if ca else ftplib.FTP()
    ftp.connect(work["host"], work["port"])
    ftp.login("tulip", "secret")
    if ca:
        ftp.prot_p()
    return ftp


def fetch(ftp, names):
    while True:
        try:
            name = names.get_nowait()
        except queue.Empty:
            return
        with open(os.path.join(local, name), "wb") as sink:
            ftp.retrbinary("RETR " + path + "/" + name, sink.write)


def fetch_more(names):
    ftp = connect()
    fetch(ftp, names)
    ftp.quit()


ftp = connect()
started = time.perf_counter()
if work["mode"] == "null":
    ftp.retrbinary("RETR " + path, lambda chunk: None, blocksize=65536)
elif work["mode"] == "file":
    with open(local, "wb") as sink:
        ftp.retrbinary("RETR " + path, sink.write, blocksize=65536)
elif work["mode"] == "upload":
    with open(local, "rb") as source:
        ftp.storbinary("STOR " + path, source, blocksize=65536)
else:
    names = queue.SimpleQueue()
    for name in ftp.nlst(path):
        names.put(os.path.basename(name))
    others = [
        threading.Thread(target=fetch_more, args=(names,))
        for _ in range(work["connections"] - 1)
    ]
    for thread in others:
        thread.start()
    fetch(ftp, names)
    for thread in others:
        thread.join()
elapsed = (time.perf_counter() - started) * 1000
ftp.quit()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"milliseconds": elapsed, "memory": peak}))
