import assert from "node:assert/strict";
import type { ByteStream, Dial } from "../../../net/byte_stream.ts";
import { getRunningLoop, sleep } from "../../../loop/mod.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, ErrorTemp, FTPError } from "../../../stdlib/ftplib/errors.ts";
import { type MemoryPeer, scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { AGAIN, PASSIVE, TEN } from "./_dialogues.ts";
import { bytes, inTestTime, text } from "./_session.ts";

type DataDial = (peer: MemoryPeer, dial: () => Promise<ByteStream>) => Promise<ByteStream>;

/** Plays a script with a client whose data connections, by their number, are dialled in its own way. */
async function withDials(
  script: string,
  dials: Record<number, DataDial>,
  body: (ftp: FTP, peer: MemoryPeer) => Promise<void>,
): Promise<void> {
  await inTestTime(async () => {
    await using peer = scripted(`S: 220 ready\n${script}`);
    let count = 0;
    const dial: Dial = (target, options) => {
      const own = dials[count++];
      const plain = () => peer.dial(target, options);
      return own === undefined ? plain() : own(peer, plain);
    };
    await using ftp = await FTP.connect("server", { dial, timeout: 10_000 });
    await body(ftp, peer);
    assert.equal(peer.openStreams, 1);
  });
}

/** Dials only when the server has been told this as often. */
function after(line: string, times: number): DataDial {
  return async (peer, dial) => {
    // In test time, all that can happen happens within the first millisecond.
    await sleep(1);
    const told = peer.received.split("\r\n").filter((other) => other === line).length;
    assert.equal(told, times, `${line} was to be sent before the connection stands`);
    return await dial();
  };
}

/** Dials in peace, and sees that the server was told nothing in the meantime. */
function beforeAnything(): DataDial {
  return async (peer, dial) => {
    const { received } = peer;
    await sleep(1);
    assert.equal(peer.received, received);
    return await dial();
  };
}

const refused: DataDial = () => Promise.reject(new Deno.errors.ConnectionRefused("no one there"));

Deno.test("a second download is asked for while its connection is dialled", async () => {
  await withDials(`${TEN}${AGAIN}`, { 1: beforeAnything(), 2: after("RETR f", 2) }, async (ftp) => {
    assert.equal(text(await ftp.download("f")), "0123456789");
    assert.equal(text(await ftp.download("f")), "0123456789");
  });
});

Deno.test("so is a listing, and what begins in the middle, which is dialled before REST", async () => {
  const script = `${TEN}
    C: TYPE A
    S: 200 ok
    ${PASSIVE}
    C: NLST
    S: 150 now
    D: a
    S: 226 done
    C: TYPE I
    S: 200 ok
    C: SIZE f
    S: 213 10
    ${PASSIVE}
    C: REST 8
    S: 350 ok
    C: RETR f
    S: 150 now
    D= 89
    S: 226 done
  `;
  const early: DataDial = (peer, dial) => {
    assert.doesNotMatch(peer.received, /REST/);
    return after("RETR f", 2)(peer, dial);
  };
  await withDials(script, { 2: after("NLST", 1), 3: early }, async (ftp) => {
    await ftp.download("f");
    assert.deepEqual(await ftp.nlst(), ["a"]);
    assert.equal(text(await ftp.download("f", { offset: 8 })), "89");
  });
});

Deno.test("an upload is asked for when its connection stands, however often one did", async () => {
  const script = `${TEN}
    ${PASSIVE}
    C: STOR g
    S: 150 now
    D? new
    S: 226 done
    C: PWD
    S: 257 "/"
  `;
  await withDials(script, { 2: beforeAnything() }, async (ftp) => {
    await ftp.download("f");
    await ftp.upload("g", bytes("new\r\n"));
    await ftp.pwd();
  });
});

Deno.test("a server that wants the connection first is asked again, and has it first from then on", async () => {
  const refuses = `
    ${PASSIVE}
    C: RETR f
    S: 425 Use PASV first`;
  // Whether it is dialled, or cannot be.
  for (const second of [after("RETR f", 2), refused]) {
    const dials = { 2: second, 3: beforeAnything(), 4: beforeAnything() };
    await withDials(`${TEN}${refuses}${AGAIN}${AGAIN}`, dials, async (ftp) => {
      for (let file = 0; file < 3; file++) {
        assert.equal(text(await ftp.download("f")), "0123456789", `file ${file}`);
      }
    });
  }
});

Deno.test("a server that refuses again is taken at its word, and one that refuses an upload at once", async () => {
  const refuses = (command: string) => `${PASSIVE}\nC: ${command}\nS: 425 no\n`;
  const script = `${TEN}\n${refuses("RETR f").repeat(2)}${refuses("STOR g")}`;
  await withDials(script, { 3: beforeAnything() }, async (ftp) => {
    await ftp.download("f");
    assert.equal((await rejection(ftp.download("f"), ErrorTemp)).code, 425);
    assert.equal((await rejection(ftp.upload("g", "new"), ErrorTemp)).code, 425);
  });
});

Deno.test("after a connection that did not come about, the next one comes before its command again", async () => {
  const script = `${TEN}
    ${PASSIVE}
    C: RETR f
    S: 150 come
    S: 426 nobody came
    C: NOOP
    S: 200 sync
  ${AGAIN}`;
  await withDials(script, { 2: refused, 3: beforeAnything() }, async (ftp) => {
    await ftp.download("f");
    assert.equal((await rejection(ftp.download("f"), FTPError)).origin, "transport");
    assert.equal(text(await ftp.download("f")), "0123456789");
  });
});

Deno.test("a refusal counts more than the port that the server has closed because of it", async () => {
  const script = `${TEN}
    ${PASSIVE}
    C: RETR g
    S: 550 no such file
    C: PWD
    S: 257 "/"
  `;
  const closed: DataDial = (peer, dial) => after("RETR g", 1)(peer, () => refused(peer, dial));
  await withDials(script, { 2: closed }, async (ftp) => {
    await ftp.download("f");
    const error = await rejection(ftp.download("g"), ErrorPerm);
    assert.equal(error.code, 550);
    assert.equal(await ftp.pwd(), "/");
  });
});

Deno.test("a server that is told, and cannot be reached: the transport's error, and back into step", async () => {
  const script = `${TEN}
    ${PASSIVE}
    C: RETR f
    S: 150 come
    S: 425 nobody came
    C: NOOP
    S: 200 sync
    C: PWD
    S: 257 "/"
  `;
  await withDials(script, { 2: refused }, async (ftp) => {
    await ftp.download("f");
    const error = await rejection(ftp.download("f"), FTPError);
    assert.equal(error.origin, "transport");
    assert.match(error.message, /RETR f: cannot open the data connection/);
    assert.equal(await ftp.pwd(), "/");
  });
});

Deno.test("where such a server says nothing, the error comes after two seconds, not at the timeout", async () => {
  const script = `${TEN}
    ${PASSIVE}
    C: RETR f
    S! silence
  `;
  await withDials(script, { 2: refused }, async (ftp) => {
    await ftp.download("f");
    const begun = getRunningLoop().time();
    const error = await rejection(ftp.download("f"), FTPError);
    assert.equal(error.origin, "transport");
    assert.equal(Math.round(getRunningLoop().time() - begun), 2000);
  });
});

Deno.test("a connection that comes when REST was refused meanwhile is closed", async () => {
  const script = `${TEN}
    C: SIZE f
    S: 213 10
    ${PASSIVE}
    C: REST 8
    S: 502 never
    C: PWD
    S: 257 "/"
    D! silence
  `;
  await withDials(script, { 2: after("PWD", 1) }, async (ftp) => {
    await ftp.download("f");
    await rejection(ftp.download("f", { offset: 8 }), ErrorPerm);
    assert.equal(await ftp.pwd(), "/");
    await sleep(2);
  });
});
