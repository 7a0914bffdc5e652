"""Python's smtplib: N messages over one connection."""

import json
import resource
import smtplib
import sys
import time

port, count, size = (int(word) for word in sys.argv[1:4])
line = b"x" * 70 + b"\r\n"
message = b"From: a@b.test\r\nTo: c@d.test\r\nSubject: bench\r\n\r\n"
message += line * ((size - len(message)) // len(line))
smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="bench.test")
smtp.ehlo()
started = time.perf_counter()
for _ in range(count):
    smtp.sendmail("a@b.test", ["c@d.test"], message)
elapsed = (time.perf_counter() - started) * 1000
smtp.quit()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"milliseconds": elapsed, "memory": peak}))
