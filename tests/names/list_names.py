"""Writes what Python's modules offer, for the test of names: list_names.py FOLDER

Made with Python 3.11, the last to have smtpd. What later versions add to asyncio stands below.
"""

import asyncio
import asyncio.subprocess
import ftplib
import inspect
import json
import netrc
import smtplib
import sys
import warnings

warnings.simplefilter("ignore")
import smtpd

# Classes that show their attributes only on an object.
OBJECTS = {
    ftplib.FTP: lambda: ftplib.FTP(),
    ftplib.FTP_TLS: lambda: ftplib.FTP_TLS(),
    smtplib.SMTP: lambda: smtplib.SMTP(),
    smtplib.SMTPResponseException: lambda: smtplib.SMTPResponseException(500, b""),
    smtplib.SMTPSenderRefused: lambda: smtplib.SMTPSenderRefused(500, b"", "a"),
    smtplib.SMTPRecipientsRefused: lambda: smtplib.SMTPRecipientsRefused({}),
    netrc.netrc: lambda: netrc.netrc("/dev/null"),
    netrc.NetrcParseError: lambda: netrc.NetrcParseError(""),
    asyncio.IncompleteReadError: lambda: asyncio.IncompleteReadError(b"", 1),
    asyncio.LimitOverrunError: lambda: asyncio.LimitOverrunError("", 1),
}

# Names that later versions add to asyncio, as `help` lists them there.
LATER = {
    "3.12": {
        "create_eager_task_factory": "function",
        "eager_task_factory": "function",
        "Task.get_context": "function",
    },
    "3.13": {
        "EventLoop": "class",
        "QueueShutDown": "class",
        "Queue.shutdown": "function",
        "Server.abort_clients": "function",
        "Server.close_clients": "function",
    },
    "3.14": {
        "FrameCallGraphEntry": "class",
        "FutureCallGraph": "class",
        "capture_call_graph": "function",
        "format_call_graph": "function",
        "future_add_to_awaited_by": "function",
        "future_discard_from_awaited_by": "function",
        "print_call_graph": "function",
    },
}


def kind_of(value):
    if inspect.isclass(value):
        return "class"
    return "function" if callable(value) else "data"


def public_names(module):
    """Names that the module lists, or defines."""
    for name, value in vars(module).items():
        if name.startswith("_") or inspect.ismodule(value):
            continue
        if module is asyncio:
            home = getattr(value, "__module__", None) or ""
            # 3.11 forgot TaskGroup in its own list.
            if name in asyncio.__all__ or home.startswith("asyncio."):
                yield name, value
        elif name in getattr(module, "__all__", ()) or (
            getattr(value, "__module__", module.__name__) == module.__name__
        ):
            yield name, value


def members(cls, module, public):
    """What a class adds to those of its bases that are public names."""
    package = module.__name__
    inherited = {
        name for base in cls.__mro__[1:] if base in public for name in vars(base)
    }
    for base in cls.__mro__:
        home = base.__module__.removeprefix("_").split(".")[0]
        if home != package or (base is not cls and base in public):
            continue
        for name, value in vars(base).items():
            if not name.startswith("_") and name not in inherited:
                yield name, "function" if callable(getattr(cls, name)) else "data"
    if cls in OBJECTS:
        others = {
            name
            for base, make in OBJECTS.items()
            if base is not cls and issubclass(cls, base)
            for name in vars(make())
        }
        for name in vars(OBJECTS[cls]()):
            if not name.startswith("_") and name not in inherited | others:
                yield name, "data"


def names_of(module):
    found = {}
    values = dict(public_names(module))
    public = {value for value in values.values() if inspect.isclass(value)}
    for name, value in values.items():
        found[name] = kind_of(value)
        if inspect.isclass(value):
            for member, kind in members(value, module, public):
                found.setdefault(f"{name}.{member}", kind)
    return found


def write(folder, module, python, names):
    with open(f"{folder}/{module}.json", "w", encoding="utf-8") as file:
        content = {"module": module, "python": python, "names": dict(sorted(names.items()))}
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    folder = sys.argv[1]
    for module in (ftplib, netrc, smtplib, smtpd):
        write(folder, module.__name__, "3.11", names_of(module))
    names = names_of(asyncio)
    for added in LATER.values():
        names.update(added)
    for name, value in vars(asyncio.subprocess).items():
        if name in ("PIPE", "STDOUT", "DEVNULL"):
            names[name] = "data"
        elif name == "Process":
            names["Process"] = "class"
            for member, kind in members(value, asyncio, set()):
                names[f"Process.{member}"] = kind
    write(folder, "asyncio", "3.14", names)
