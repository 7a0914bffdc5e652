"""pyftpdlib as a server for tests.

    pyftpdlib.py HOST PORT ROOT LAST_PASSIVE_PORT plain|tls|implicit CERTIFICATE
"""

import sys

# This file has the name of the library, and its folder comes first in the path.
sys.path.pop(0)

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

host, port, root, last, mode, certificate = sys.argv[1:]
port, last = int(port), int(last)

authorizer = DummyAuthorizer()
authorizer.add_user("tulip", "secret", root, perm="elradfmwMT")
authorizer.add_anonymous(root)


class Handler(FTPHandler if mode == "plain" else TLS_FTPHandler):
    def handle(self):
        """Begins a session: with its greeting, or with TLS where no command asks for it."""
        if mode == "implicit":
            self.secure_connection(self.ssl_context)
        else:
            super().handle()

    def handle_ssl_established(self):
        if mode == "implicit":
            super().handle()


Handler.authorizer = authorizer
Handler.passive_ports = range(port + 1, last + 1)
Handler.use_gmt_times = True
Handler.auth_failed_timeout = 0
if mode != "plain":
    Handler.certfile = certificate

server = FTPServer((host, port), Handler)
server.max_cons = 512
server.max_cons_per_ip = 0
server.serve_forever()
