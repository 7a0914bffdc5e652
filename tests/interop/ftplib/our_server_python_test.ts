/**
 * Our FTP server with Python's ftplib: every method of its `FTP` and `FTP_TLS`, in every mode.
 *
 * @module
 */

import assert from "node:assert/strict";
import { interopTest } from "../interop.ts";
import { pathOf } from "../servers/installed.ts";
import { mustRun } from "../servers/run.ts";
import { type Mode, MODES, startOurServer } from "./our_server.ts";

/** Implicit TLS is not in Python's ftplib: a few lines add it, as its users do. */
const SCRIPT = `
import ftplib, io, json, ssl, sys
mode, port, ca, passive = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4] == 'passive'
context = ssl.create_default_context(cafile=ca)
class Implicit(ftplib.FTP_TLS):
    _sock = None
    @property
    def sock(self): return self._sock
    @sock.setter
    def sock(self, value):
        if value is not None and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value, server_hostname=self.host)
        self._sock = value
ftp = {'plain': lambda: ftplib.FTP(timeout=20),
       'explicit': lambda: ftplib.FTP_TLS(context=context, timeout=20),
       'implicit': lambda: Implicit(context=context, timeout=20)}[mode]()
out = {}
out['welcome'] = ftp.connect('localhost', port)
if mode == 'explicit':
    try:
        ftplib.FTP.login(ftp, 'tulip', 'secret')
    except ftplib.error_perm as error:
        out['insecure'] = str(error)[:3]
ftp.login('tulip', 'secret')
if mode != 'plain':
    if mode == 'explicit':
        try:
            ftp.nlst()
        except ftplib.error_perm as error:
            out['unprotected'] = str(error)[:3]
    ftp.prot_p()
ftp.set_pasv(passive)
out['pwd'] = ftp.pwd()
ftp.cwd('pub')
out['nlst'] = sorted(ftp.nlst())
out['mlsd'] = sorted((name, facts['type'], facts.get('size')) for name, facts in ftp.mlsd(facts=['type', 'size']))
lines = []; ftp.dir(lines.append); out['dir'] = sorted(line.split(None, 8)[8] for line in lines)
def get(*args, **more):
    parts = []; ftp.retrbinary(*args, parts.append, **more); return b''.join(parts)
out['bytes'] = list(get('RETR ž š.bin'))
out['rest'] = get('RETR a.txt', rest=6).decode()
out['big'] = len(get('RETR big.bin'))
lines = []; ftp.retrlines('RETR a.txt', lines.append); out['lines'] = lines
out['stor'] = ftp.storbinary('STOR bin', io.BytesIO(bytes(range(256)) * 4096), blocksize=65536)[:3]
ftp.storlines('STOR text', io.BytesIO(b'one\\ntwo\\n'))
ftp.storbinary('STOR nothing', io.BytesIO(b''))
ftp.storbinary('APPE bin', io.BytesIO(b'end'))
ftp.storbinary('STOR bin', io.BytesIO(b'XX'), rest=1)
out['size'] = ftp.size('bin')
out['mkd'] = ftp.mkd('new "dir"')
ftp.rename('text', 'new "dir"/moved')
ftp.cwd('new "dir"'); out['inside'] = ftp.pwd(); ftp.cwd('..')
ftp.delete('new "dir"/moved'); ftp.rmd('new "dir"')
out['mfmt'] = ftp.sendcmd('MFMT 20020717210715 a.txt')[:3]
out['hash'] = ftp.sendcmd('HASH a.txt').split()[1]
out['acct'] = ftp.acct('x')[:3]
if mode == 'plain' or not passive:
    # Under TLS, Python waits for an end that it never gets from a server that aborts.
    conn = ftp.transfercmd('RETR big.bin'); conn.recv(1000); conn.close()
    out['broken'] = ftp.getmultiline()[:3]
if mode != 'plain':
    try:
        ftp.prot_c()
    except ftplib.error_perm as error:
        out['prot_c'] = str(error)[:3]
out['quit'] = ftp.quit()
print(json.dumps(out))
`;

async function python(mode: Mode, port: number, caFile: string, way: string): Promise<unknown> {
  const args = [mode, String(port), caFile, way];
  return JSON.parse(await mustRun([pathOf("python3"), "-c", SCRIPT, ...args]));
}

for (const mode of MODES) {
  for (const way of ["passive", "active"]) {
    interopTest(
      `Python's ftplib uses every command of our server, ${mode}, ${way}`,
      { needs: ["python3"] },
      async () => {
        await using ours = await startOurServer(mode);
        const { server } = ours;
        const seen = await python(mode, server.port, ours.caFile, way) as Record<string, unknown>;
        // How much goes out before a client has left differs.
        assert.match(String(seen["broken"] ?? "426"), /^(?:226|426)$/);
        delete seen["broken"];
        assert.deepEqual(seen, {
          welcome: "220 Tulip FTP server ready",
          ...(mode === "explicit" && { insecure: "530", unprotected: "521" }),
          ...(mode !== "plain" && { prot_c: "534" }),
          pwd: "/",
          nlst: ["a.txt", "big.bin", "empty", "sub", "ž š.bin"],
          mlsd: [
            ["a.txt", "file", "11"],
            ["big.bin", "file", "1000003"],
            ["empty", "file", "0"],
            ["sub", "dir", null],
            ["ž š.bin", "file", "3"],
          ],
          dir: ["a.txt", "big.bin", "empty", "sub", "ž š.bin"],
          bytes: [0, 1, 255],
          rest: "beta\n",
          big: 1_000_003,
          lines: ["alpha", "beta"],
          stor: "226",
          size: 1_048_579,
          mkd: '/pub/new "dir"',
          inside: '/pub/new "dir"',
          mfmt: "213",
          hash: "SHA-256",
          acct: "202",
          quit: "221 Goodbye",
        });
        const bin = server.files.get("pub/bin");
        assert.deepEqual([...bin?.subarray(0, 5) ?? []], [0, 88, 88, 3, 4]);
        assert.equal(server.files.text("pub/nothing"), "");
        assert.deepEqual(ours.errors, []);
      },
    );
  }
}

interopTest(
  "Python's ftplib takes TLS off our control connection (CCC), and data stays encrypted",
  { needs: ["python3"] },
  async () => {
    if (!MODES.includes("explicit")) return;
    await using ours = await startOurServer("explicit", { clearControl: true });
    const script = `
import ftplib, json, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
ftp = ftplib.FTP_TLS(context=context, timeout=20)
ftp.connect('localhost', int(sys.argv[1])); ftp.login('tulip', 'secret'); ftp.prot_p()
ftp.ccc()
parts = []; ftp.retrbinary('RETR pub/big.bin', parts.append)
print(json.dumps([ftp.sock._sslobj is None, ftp.pwd(), sum(map(len, parts)), ftp.quit()[:3]]))
`;
    const args = ["-c", script, String(ours.server.port), ours.caFile];
    const seen = JSON.parse(await mustRun([pathOf("python3"), ...args]));
    assert.deepEqual(seen, [true, "/", 1_000_003, "221"]);
  },
);
