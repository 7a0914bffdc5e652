"""pyftpdlib as a server for tests: pyftpdlib.py PORT ROOT LAST_PASSIVE_PORT [CERTIFICATE]"""

import sys

# This file has the name of the library, and its folder comes first in the path.
sys.path.pop(0)

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

port, root, last = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
certificate = sys.argv[4] if len(sys.argv) > 4 else None

authorizer = DummyAuthorizer()
authorizer.add_user("tulip", "secret", root, perm="elradfmwMT")
authorizer.add_anonymous(root)


class Handler(TLS_FTPHandler if certificate else FTPHandler):
    pass


Handler.authorizer = authorizer
Handler.passive_ports = range(port + 1, last + 1)
Handler.use_gmt_times = True
Handler.auth_failed_timeout = 0
if certificate:
    Handler.certfile = certificate

server = FTPServer(("127.0.0.1", port), Handler)
server.max_cons = 512
server.max_cons_per_ip = 0
server.serve_forever()
