"""Says everything again in upper case, and counts the lines in its errors."""

import sys

count = 0
for line in sys.stdin:
    count += 1
    sys.stdout.write(line.upper())
    sys.stdout.flush()
sys.stderr.write(f"{count} lines\n")
sys.exit(5)
