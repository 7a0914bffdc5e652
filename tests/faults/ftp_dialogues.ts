/**
 * What an FTP client and a server say to each other, for servers that stop anywhere in it.
 *
 * @module
 */

import { TimeoutError } from "../../loop/exceptions.ts";
import { ConnectionError } from "../../net/errors.ts";
import { FTP } from "../../stdlib/ftplib/client.ts";
import { FTPError } from "../../stdlib/ftplib/errors.ts";
import type { ClientDialogue, Target } from "../peers/dialogues.ts";

const ERRORS = [FTPError, ConnectionError, TimeoutError];

/** Connects, works, says goodbye; whatever happens, the connection is closed afterwards. */
async function session<T>(target: Target, work: (ftp: FTP) => Promise<T>): Promise<T> {
  const { hostname, port, options } = target;
  const ftp = await FTP.connect(hostname, { port, ...options });
  try {
    const result = await work(ftp);
    await ftp.quit();
    return result;
  } finally {
    ftp.close();
  }
}

function dialogue<T>(
  name: string,
  script: string,
  expected: T,
  work: (ftp: FTP) => Promise<T>,
  more: Partial<ClientDialogue<T>> = {},
): ClientDialogue<T> {
  return {
    ...more,
    name,
    script: `S: 220 Hi\n${script}\nC: QUIT\nS: 221 Bye\nS! close`,
    expected,
    errors: ERRORS,
    client: (target) => session(target, work),
  };
}

/** What a server may make the client collect. */
const LIMIT = { maxBytes: 500_000 };

/**
 * The clean end of a data connection is the end of what it brings (RFC 959 §3.4): where the server
 * says that all is well, a listing that ends too early cannot be told from a whole one.
 */
const SHORTER: Partial<ClientDialogue<unknown[]>> = {
  permits: (value, fault) => value.length < 2 && fault.kind === "cut" && fault.how === "half",
};

const DATA = `
  C: EPSV
  S: 229 Passive (|||{port}|)`;

/** Every dialogue. Each is short: how often it is played grows with its length. */
export const FTP_DIALOGUES: readonly ClientDialogue<unknown>[] = [
  dialogue(
    "log in, pwd, cwd",
    `
    C: USER me
    S: 331 Password?
    C: PASS secret
    S: 230-Welcome,
    S: 230 me.
    C: CWD in
    S: 250 Ok
    C: PWD
    S: 257 "/a ""b"""`,
    '/a "b"',
    async (ftp) => {
      await ftp.login("me", "secret");
      await ftp.cwd("in");
      return await ftp.pwd();
    },
  ),
  dialogue(
    "mlsd",
    `
    C: TYPE A
    S: 200 A${DATA}
    C: MLSD d
    S: 150 Now
    D: type=file;size=3; a b
    D: type=dir; c
    S: 226 Done`,
    [["a b", "file", 3], ["c", "directory", undefined]],
    async (ftp) => (await ftp.mlsd("d", LIMIT)).map(({ name, type, size }) => [name, type, size]),
    SHORTER,
  ),
  dialogue(
    "mlsd from LIST, over PASV",
    `
    C: TYPE A
    S: 200 A
    C: EPSV
    S: 500 What?
    C: PASV
    S: 227 Ok ({pasv})
    C: MLSD
    S: 500 What?
    C: PASV
    S: 227 Ok ({pasv})
    C: LIST
    S: 150 Now
    D: total 1
    D: -rw-r--r-- 1 u g 3 Jan  1  2024 a
    S: 226 Done`,
    [["a", "file", 3]],
    async (ftp) => (await ftp.mlsd("", LIMIT)).map(({ name, type, size }) => [name, type, size]),
    SHORTER,
  ),
  dialogue(
    "download",
    `
    C: TYPE I
    S: 200 I
    C: SIZE f
    S: 213 7${DATA}
    C: RETR f
    S: 150 Now
    D= \\x00a\\r\\nb\\xff\\n
    S: 226 Done`,
    [0, 97, 13, 10, 98, 255, 10],
    async (ftp) => [...await ftp.download("f", LIMIT)],
  ),
  dialogue(
    "download the rest, chunk by chunk",
    `
    C: TYPE I
    S: 200 I
    C: SIZE f
    S: 213 9${DATA}
    C: REST 4
    S: 350 Ok
    C: RETR f
    S: 150 Now
    D= 56
    D= 789
    S: 226 Done`,
    "56789",
    async (ftp) => {
      let text = "";
      for await (const chunk of ftp.download("f", { offset: 4 })) {
        text += new TextDecoder().decode(chunk);
      }
      return text;
    },
  ),
  dialogue(
    "download twice, asked for while it is dialled",
    `
    C: TYPE I
    S: 200 I
    C: SIZE f
    S: 213 3${DATA}
    C: RETR f
    S: 150 Opening f (3 bytes).
    D= one
    S: 226 Done${DATA}
    C: RETR g
    S: 150 Opening g (5 bytes).
    D= three
    S: 226 Done`,
    "one three",
    async (ftp) => {
      const read = async (path: string) =>
        new TextDecoder().decode(await ftp.download(path, LIMIT));
      return `${await read("f")} ${await read("g")}`;
    },
  ),
  dialogue(
    "upload",
    `
    C: TYPE I
    S: 200 I${DATA}
    C: STOR f
    S: 150 Now
    D? one
    D? two
    S: 226 Done`,
    10,
    async (ftp) => (await ftp.upload("f", new TextEncoder().encode("one\r\ntwo\r\n"))).transferred,
  ),
  dialogue(
    "size, rename, delete, mkd",
    `
    C: TYPE I
    S: 200 I
    C: SIZE f
    S: 213 12
    C: RNFR f
    S: 350 To?
    C: RNTO g
    S: 250 Ok
    C: DELE g
    S: 250 Ok
    C: MKD d
    S: 257 "/d" made
    C: RMD d
    S: 550 No`,
    [12, "/d", 550],
    async (ftp) => {
      const size = await ftp.size("f");
      await ftp.rename("f", "g");
      await ftp.delete("g");
      const made = await ftp.mkd("d");
      try {
        await ftp.rmd("d");
      } catch (error) {
        if (!(error instanceof FTPError) || error.code === undefined) throw error;
        return [size, made, error.code];
      }
      return [size, made, 0];
    },
  ),
  dialogue(
    "append, and upload from an offset, verified",
    `
    C: TYPE I
    S: 200 I${DATA}
    C: APPE f
    S: 150 Now
    D? more
    S: 226 Done${DATA}
    C: REST 4
    S: 350 Ok
    C: STOR g
    S: 150 Now
    D? rest
    S: 226 Done
    C: SIZE g
    S: 213 10`,
    [6, 6],
    async (ftp) => [
      (await ftp.upload("f", "more\r\n", { append: true })).transferred,
      (await ftp.upload("g", "rest\r\n", { offset: 4, verify: true })).transferred,
    ],
  ),
  dialogue(
    "leave a download in the middle, and go on",
    `
    C: TYPE I
    S: 200 I
    C: SIZE f
    S: 213 9${DATA}
    C: RETR f
    S: 150 Now
    D= 12
    D! silence
    S: 426 Left
    C: NOOP
    S: 200 Ok
    C: PWD
    S: 257 "/"`,
    "/",
    async (ftp) => {
      for await (const _ of ftp.download("f")) break;
      return await ftp.pwd();
    },
    { patience: 3 },
  ),
  dialogue(
    "upload more than any buffer holds",
    `
    C: TYPE I
    S: 200 I${DATA}
    C: STOR f
    S: 150 Now
    D? ${"x".repeat(399_998)}
    S: 226 Done`,
    400_000,
    async (ftp) => {
      const bytes = new TextEncoder().encode(`${"x".repeat(399_998)}\r\n`);
      return (await ftp.upload("f", bytes)).transferred;
    },
    { kinds: ["deaf", "flood"] },
  ),
];
