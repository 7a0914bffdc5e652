import assert from "node:assert/strict";
import { FTPServer } from "../../stdlib/ftplib/server.ts";
import type { FTPServerEvent } from "../../stdlib/ftplib/server/events.ts";
import { SMTPReplyError } from "../../stdlib/smtpd/errors.ts";
import { SMTPServer } from "../../stdlib/smtpd/server.ts";
import { interopTest } from "./interop.ts";
import { temporaryFolder } from "./servers/folder.ts";
import { pathOf } from "./servers/installed.ts";
import { mustRun, run } from "./servers/run.ts";

const FILES = { "pub/a.txt": "alpha\nbeta\n", "pub/ž š.bin": "\0\x01\xff", "pub/sub/c": "c" };

/** Runs a Python script, with the arguments in `sys.argv[1:]`; what it prints is JSON. */
async function python(script: string, ...args: (string | number)[]): Promise<unknown> {
  const source = `import sys, json\n${script}`;
  return JSON.parse(await mustRun([pathOf("python3"), "-c", source, ...args.map(String)]));
}

interopTest("Python's ftplib uses every command of FTPServer", { needs: ["python3"] }, async () => {
  await using server = await FTPServer.start({
    files: FILES,
    users: { tulip: { password: "secret" } },
  });
  const seen = await python(
    `
import ftplib, io
ftp = ftplib.FTP(timeout=10)
ftp.connect(sys.argv[1], int(sys.argv[2]))
try:
    ftp.login('tulip', 'wrong')
except ftplib.error_perm as error:
    refused = str(error)
ftp.login('tulip', 'secret')
out = {'welcome': ftp.getwelcome(), 'refused': refused, 'pwd': ftp.pwd()}
ftp.cwd('pub')
out['nlst'] = sorted(ftp.nlst())
out['mlsd'] = sorted((name, facts['type'], facts.get('size')) for name, facts in ftp.mlsd(facts=['type', 'size']))
lines = []; ftp.retrlines('LIST', lines.append); out['list'] = sorted(line.split(None, 8)[8] for line in lines)
parts = []; ftp.retrbinary('RETR ž š.bin', parts.append); out['bytes'] = list(b''.join(parts))
parts = []; ftp.retrbinary('RETR a.txt', parts.append, rest=6); out['rest'] = b''.join(parts).decode()
lines = []; ftp.retrlines('RETR a.txt', lines.append); out['lines'] = lines
ftp.storlines('STOR text', io.BytesIO(b'one\\ntwo\\n'))
ftp.storbinary('STOR bin', io.BytesIO(bytes(range(256)) * 4096), blocksize=65536)
out['size'] = ftp.size('bin')
ftp.storbinary('APPE bin', io.BytesIO(b'end'))
ftp.storbinary('STOR bin', io.BytesIO(b'XX'), rest=1)
out['mkd'] = ftp.mkd('new "dir"')
ftp.rename('text', 'new "dir"/moved')
ftp.cwd('new "dir"'); out['inside'] = ftp.pwd(); ftp.cwd('..'); 
ftp.delete('new "dir"/moved'); ftp.rmd('new "dir"')
try:
    ftp.retrbinary('RETR none', print)
except ftplib.error_perm as error:
    out['missing'] = str(error)
out['quit'] = ftp.quit()
print(json.dumps(out))
`,
    server.hostname,
    server.port,
  );
  assert.deepEqual(seen, {
    welcome: "220 Tulip FTP server ready",
    refused: "530 Login incorrect",
    pwd: "/",
    nlst: ["a.txt", "sub", "ž š.bin"],
    mlsd: [["a.txt", "file", "11"], ["sub", "dir", null], ["ž š.bin", "file", "4"]],
    list: ["a.txt", "sub", "ž š.bin"],
    bytes: [0, 1, 195, 191],
    rest: "beta\n",
    lines: ["alpha", "beta"],
    size: 1_048_576,
    mkd: '/pub/new "dir"',
    inside: '/pub/new "dir"',
    missing: "550 No such file or directory",
    quit: "221 Goodbye",
  });
  assert.deepEqual(server.files.paths(), ["/pub/a.txt", "/pub/bin", "/pub/sub/c", "/pub/ž š.bin"]);
  const bin = server.files.get("pub/bin");
  assert.equal(bin?.length, 1_048_579);
  assert.deepEqual([...bin.subarray(0, 5)], [0, 88, 88, 3, 4]);
});

interopTest("Python's ftplib aborts a transfer and goes on", { needs: ["python3"] }, async () => {
  await using server = await FTPServer.start({ files: { big: new Uint8Array(50_000_000) } });
  const seen = await python(
    `
import ftplib
ftp = ftplib.FTP(timeout=10)
ftp.connect(sys.argv[1], int(sys.argv[2])); ftp.login(); ftp.voidcmd('TYPE I')
conn = ftp.transfercmd('RETR big')
conn.recv(1000)
first = ftp.abort(); conn.close()
second = ftp.getresp()
print(json.dumps([first[:3], second[:3], ftp.sendcmd('NOOP')[:3], ftp.size('big'), ftp.quit()[:3]]))
`,
    server.hostname,
    server.port,
  );
  assert.deepEqual(seen, ["426", "226", "200", 50_000_000, "221"]);
});

interopTest("curl downloads, uploads, resumes and lists", { needs: ["curl"] }, async () => {
  await using server = await FTPServer.start({
    files: FILES,
    users: { tulip: { password: "secret" }, guest: { readonly: true } },
  });
  const url = `ftp://tulip:secret@${server.hostname}:${server.port}`;
  const curl = [pathOf("curl"), "-sS"];
  for (const mode of [[], ["--disable-epsv"]]) {
    assert.equal(await mustRun([...curl, ...mode, `${url}/pub/a.txt`]), "alpha\nbeta\n");
  }
  assert.equal(await mustRun([...curl, "-C", "6", `${url}/pub/a.txt`]), "beta\n");
  assert.equal(await mustRun([...curl, "-r", "1-3", `${url}/pub/a.txt`]), "lph");
  assert.equal(
    await mustRun([...curl, "--list-only", `${url}/pub/`]),
    "a.txt\r\nž š.bin\r\nsub\r\n".replaceAll("\r\n", "\n"),
  );
  assert.match(await mustRun([...curl, `${url}/pub/`]), /^-rw-r--r-- .* a\.txt\r?$/m);
  assert.match(await mustRun([...curl, "-I", `${url}/pub/a.txt`]), /Content-Length: 11/);
  await mustRun([...curl, "--ftp-create-dirs", "-T", "-", `${url}/made/for/up.bin`], {
    stdin: "uploaded",
  });
  assert.equal(server.files.text("made/for/up.bin"), "uploaded");
  await mustRun([...curl, "-a", "-T", "-", `${url}/made/for/up.bin`], { stdin: " more" });
  assert.equal(server.files.text("made/for/up.bin"), "uploaded more");
  await mustRun([...curl, "-Q", "DELE /made/for/up.bin", `${url}/pub/`]);
  assert.equal(server.files.text("made/for/up.bin"), undefined);

  const guest = `ftp://guest:x@${server.hostname}:${server.port}`;
  assert.equal((await run([...curl, "-T", "-", `${guest}/x`], { stdin: "x" })).code, 25);
  assert.equal(
    (await run([...curl, `ftp://tulip:no@${server.hostname}:${server.port}/`])).code,
    67,
  );
  assert.equal((await run([...curl, `${url}/none`])).code, 78);
  assert.equal(await mustRun([...curl, "-P", "127.0.0.1", `${url}/pub/a.txt`]), "alpha\nbeta\n");
});

interopTest("lftp mirrors a tree both ways", { needs: ["lftp"] }, async () => {
  await using folder = await temporaryFolder("lftp");
  await Deno.mkdir(`${folder.path}/root`);
  await Deno.mkdir(`${folder.path}/up/deep`, { recursive: true });
  const names = Array.from({ length: 20 }, (_, index) => `file ${index} š.txt`);
  for (const name of names) {
    await Deno.writeTextFile(`${folder.path}/up/${name}`, name.repeat(1000));
  }
  await Deno.writeTextFile(`${folder.path}/up/deep/empty`, "");
  await Deno.utime(`${folder.path}/up/deep/empty`, 981_173_106, 981_173_106);

  const errors: unknown[] = [];
  await using server = await FTPServer.start({
    root: `${folder.path}/root`,
    onError: (error) => errors.push(error),
  });
  const lftp = (commands: string) =>
    mustRun([
      pathOf("lftp"),
      "-c",
      `set net:max-retries 1; set net:timeout 10; set cmd:fail-exit yes; ` +
      `open -u tulip,x ftp://${server.hostname}:${server.port}; ${commands}`,
    ], { env: { HOME: folder.path, LANG: "C.UTF-8" } });
  await lftp(`mirror -R -P 4 ${folder.path}/up /copy`);
  await lftp(`mirror -P 4 /copy ${folder.path}/down`);
  assert.match(await lftp("cls -1 /copy"), /file 7 š\.txt/);
  await lftp("mv /copy/deep/empty /copy/moved; rm /copy/moved; rmdir /copy/deep");
  for (const name of names) {
    assert.equal(await Deno.readTextFile(`${folder.path}/down/${name}`), name.repeat(1000));
  }
  // MFMT on the way up, MLSD or MDTM on the way down.
  assert.equal(
    (await Deno.stat(`${folder.path}/down/deep/empty`)).mtime?.toISOString(),
    "2001-02-03T04:05:06.000Z",
  );
  await assert.rejects(Deno.stat(`${folder.path}/root/copy/deep`), Deno.errors.NotFound);
  assert.deepEqual(errors, []);
});

interopTest("FTPServer tells what curl does", { needs: ["curl"] }, async () => {
  const events: FTPServerEvent[] = [];
  await using server = await FTPServer.start({
    files: FILES,
    onEvent: (event) => events.push(event),
  });
  await mustRun([pathOf("curl"), "-sS", `ftp://${server.hostname}:${server.port}/pub/a.txt`]);
  await server.stop();
  assert.deepEqual(
    events.map(({ type }) => type).filter((type) => type !== "command"),
    ["connect", "login", "retrieve", "disconnect"],
  );
});

interopTest("Python's smtplib sends to SMTPServer", { needs: ["python3"] }, async () => {
  await using server = await SMTPServer.start({
    maxMessageSize: 100_000,
    allowInsecureAuth: true,
    authenticate: (user, password) => user === "ada" && password === "love",
    handler: {
      rcpt(_session, address) {
        if (address.startsWith("no")) throw new SMTPReplyError(550, "No such user", "5.1.1");
      },
    },
  });
  const seen = await python(
    `
import smtplib
from email.message import EmailMessage
out = {}
with smtplib.SMTP(sys.argv[1], int(sys.argv[2]), local_hostname='client.test', timeout=10) as smtp:
    smtp.ehlo()
    out['features'] = smtp.esmtp_features
    for mechanism in ('PLAIN', 'LOGIN'):
        smtp.user, smtp.password = 'ada', 'wrong'
        try:
            smtp.auth(mechanism, getattr(smtp, 'auth_' + mechanism.lower()))
        except smtplib.SMTPAuthenticationError as error:
            out[mechanism] = [error.smtp_code, error.smtp_error.decode()]
    out['login'] = smtp.login('ada', 'love')[0]
    message = EmailMessage()
    message['Subject'] = 'Příliš žluťoučký'
    message['From'] = 'ann@example.org'
    message['To'] = 'bob@example.org, nobody@example.org'
    message.set_content('.dot\\nline\\n.\\n')
    out['refused'] = {key: value[0] for key, value in smtp.send_message(message).items()}
    try:
        smtp.sendmail('ann@example.org', ['none@example.org'], 'x')
    except smtplib.SMTPRecipientsRefused as error:
        out['all'] = {key: value[0] for key, value in error.recipients.items()}
    try:
        smtp.sendmail('ann@example.org', ['bob@example.org'], 'x' * 100001)
    except smtplib.SMTPSenderRefused as error:
        out['large'] = error.smtp_code
    smtp.sendmail('ann@example.org', ['bøb@tülip.test'], 'x', mail_options=['SMTPUTF8'])
    out['vrfy'] = smtp.vrfy('bob')[0]
    out['noop'] = smtp.noop()[0]
    try:
        smtp.starttls()
    except smtplib.SMTPNotSupportedError:
        out['starttls'] = 'not supported'
print(json.dumps(out))
`,
    server.hostname,
    server.port,
  );
  assert.deepEqual(seen, {
    features: {
      "8bitmime": "",
      auth: " PLAIN LOGIN",
      enhancedstatuscodes: "",
      help: "",
      pipelining: "",
      size: "100000",
      smtputf8: "",
    },
    PLAIN: [535, "5.7.8 User name or password is wrong"],
    LOGIN: [535, "5.7.8 User name or password is wrong"],
    login: 235,
    refused: { "nobody@example.org": 550 },
    all: { "none@example.org": 550 },
    large: 552,
    vrfy: 252,
    noop: 250,
    starttls: "not supported",
  });
  const [first, second] = server.messages;
  assert.deepEqual(first?.rcptTos, ["bob@example.org"]);
  assert.match(first.text, /\r\n\r\n\.dot\r\nline\r\n\.\r\n$/);
  assert.deepEqual(second?.rcptTos, ["bøb@tülip.test"]);
  assert.equal(second.smtpUtf8, true);
});

interopTest("swaks logs in and sends, pipelined and not", { needs: ["swaks"] }, async () => {
  await using server = await SMTPServer.start({
    allowInsecureAuth: true,
    authRequired: true,
    authenticate: (user, password) => `${user}/${password}` === "ada/love",
  });
  const swaks = [
    pathOf("swaks"),
    "--server",
    `${server.hostname}:${server.port}`,
    "--from",
    "a@example.org",
    "--to",
    "b@example.org,c@example.org",
    "--body",
    "..\n.\nend",
    "--timeout",
    "10",
  ];
  const login = ["--auth-user", "ada", "--auth-password"];
  await mustRun([...swaks, "--auth", "PLAIN", ...login, "love"]);
  await mustRun([...swaks, "--auth", "LOGIN", ...login, "love", "--pipeline"]);
  assert.equal((await run([...swaks, "--auth", "PLAIN", ...login, "wrong"])).code, 28);
  assert.equal((await run(swaks)).code, 23);
  assert.equal((await run([...swaks, "--tls"])).code, 29);
  assert.equal(server.messages.length, 2);
  for (const { rcptTos, text } of server.messages) {
    assert.deepEqual(rcptTos, ["b@example.org", "c@example.org"]);
    assert.match(text, /\r\n\.\.\r\n\.\r\nend\r\n/);
  }
});

interopTest("curl sends mail", { needs: ["curl"] }, async () => {
  await using server = await SMTPServer.start();
  await mustRun([
    pathOf("curl"),
    "-sS",
    `smtp://${server.hostname}:${server.port}/client.test`,
    "--mail-from",
    "a@example.org",
    "--mail-rcpt",
    "b@example.org",
    "-T",
    "-",
  ], { stdin: "Subject: x\r\n\r\n.\r\n..\r\nend\r\n" });
  assert.equal(server.messages[0]?.text, "Subject: x\r\n\r\n.\r\n..\r\nend\r\n");
});

interopTest(
  "smtp-source sends a thousand messages at once",
  { needs: ["smtp-source"] },
  async () => {
    let bytes = 0;
    let messages = 0;
    await using server = await SMTPServer.start({
      onMessage({ content }) {
        messages++;
        bytes += content.length;
      },
    });
    for (const options of [["-d"], []]) {
      await mustRun([
        pathOf("smtp-source"),
        ...options,
        ...["-s", "10", "-m", "500", "-l", "10240", "-f", "a@b.test", "-t", "c@d.test"],
        `${server.hostname}:${server.port}`,
      ]);
    }
    assert.equal(messages, 1000);
    assert.ok(bytes >= 10_240_000);
  },
);
