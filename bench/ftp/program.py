"""Runs a program that does not tell its time and memory itself: its whole life counts."""

import json
import resource
import subprocess
import sys
import time

started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
elapsed = (time.perf_counter() - started) * 1000
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(json.dumps({"milliseconds": elapsed, "memory": peak}))
