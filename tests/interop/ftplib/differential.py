"""Runs scripts with Python's ftplib, as ours runs them.

Reads one request a line on its standard input, as JSON, and answers each with one line: the results
of its steps.
"""

import ftplib
import io
import json
import ssl
import sys


def step(ftp, name, *args):
    if name in ("nlst", "mlsd"):
        if name == "mlsd":
            path, *facts = args
            return [[entry, facts] for entry, facts in ftp.mlsd(path, facts)]
        return ftp.nlst(*args)
    if name == "dir":
        lines = []
        ftp.dir(*args, lines.append)
        return lines
    if name == "retrbinary":
        received = io.BytesIO()
        reply = ftp.retrbinary(args[0], received.write, rest=args[1] if len(args) > 1 else None)
        return [reply, received.getvalue().decode("latin-1")]
    if name == "retrlines":
        lines = []
        return [ftp.retrlines(args[0], lines.append), lines]
    if name == "storbinary":
        source = io.BytesIO(args[1].encode())
        return ftp.storbinary(args[0], source, rest=args[2] if len(args) > 2 else None)
    if name == "storlines":
        return ftp.storlines(args[0], io.BytesIO(args[1].encode()))
    return getattr(ftp, name)(*args)


def code_of(error):
    text = str(error)
    return int(text[:3]) if text[:3].isdigit() else None


def run(request):
    if request.get("ca"):
        ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=request["ca"]), timeout=20)
    else:
        ftp = ftplib.FTP(timeout=20)
    ftp.connect(request["host"], request["port"])
    ftp.login("tulip", "secret")
    if request.get("ca"):
        ftp.prot_p()
    ftp.set_pasv(request["passive"])
    mark(ftp)
    results = []
    for name, *args in request["steps"]:
        try:
            results.append({"value": step(ftp, name, *args)})
        except (ftplib.Error, EOFError, OSError, ValueError) as error:
            results.append({"error": type(error).__name__, "code": code_of(error)})
        mark(ftp)
    ftp.quit()
    return results


def mark(ftp):
    try:
        ftp.sendcmd("SITE MARK")
    except ftplib.error_perm:
        pass


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
