"""Python's ftplib on the same work: null, file or many."""

import ftplib
import json
import os
import resource
import sys
import time

mode, host, port, path, target = sys.argv[1:6]
ftp = ftplib.FTP()
ftp.connect(host, int(port))
ftp.login("tulip", "secret")
started = time.perf_counter()
if mode == "null":
    ftp.retrbinary("RETR " + path, lambda chunk: None, blocksize=65536)
elif mode == "file":
    with open(target, "wb") as sink:
        ftp.retrbinary("RETR " + path, sink.write, blocksize=65536)
else:
    for name in ftp.nlst(path):
        base = os.path.basename(name)
        with open(os.path.join(target, base), "wb") as sink:
            ftp.retrbinary("RETR " + path + "/" + base, sink.write)
elapsed = (time.perf_counter() - started) * 1000
ftp.quit()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"milliseconds": elapsed, "memory": peak}))
