import assert from "node:assert/strict";
import { TimeoutError } from "../../../loop/exceptions.ts";
import { OSError } from "../../../net/errors.ts";
import { FTP } from "../../../stdlib/ftplib/client.ts";
import { ErrorPerm, ErrorTemp, FTPError } from "../../../stdlib/ftplib/errors.ts";
import { rejection } from "../../rejection.ts";
import { Ports, send } from "./_active.ts";
import { text, withServer } from "./_session.ts";

const BEGIN = `
  C: TYPE I
  S: 200 ok
  C: SIZE f
  S: 213 5
`;

const RETR = `
  C: EPRT |1|127.0.0.1|50001|
  S: 200 ok
  C: RETR f
  S: 150 now
`;

Deno.test("active mode: the client listens, says where (RFC 2428 §2), and the server dials", async () => {
  const ports = new Ports();
  await withServer(
    `${BEGIN}${RETR}
    S: 226 done
    C: EPRT |1|127.0.0.1|50002|
    S: 200 ok
    C: STOR g
    S: 150 now
    S! turn
    S: 226 done`,
    async (ftp) => {
      const downloading = ftp.download("f").then(text);
      while (ports.opened.length < 1) await Promise.resolve();
      await send(ports.last, "hello");
      assert.equal(await downloading, "hello");
      assert.ok(ports.last.closed);

      const uploading = ftp.upload("g", "world");
      while (ports.opened.length < 2) await Promise.resolve();
      const stream = ports.last.arrive("127.0.0.1");
      const buffer = new Uint8Array(9);
      assert.equal(await stream.read(buffer), 5);
      assert.equal(await stream.read(buffer), null);
      assert.equal((await uploading).transferred, 5);
      assert.equal(ftp.passiveserver, false);
    },
    { mode: "active", listen: ports.listen },
  );
});

Deno.test("active mode: PORT where the server does not know EPRT, from then on (RFC 959 §4.1.2)", async () => {
  const ports = new Ports();
  await withServer(
    `C: TYPE A
    S: 200 ok
    C: EPRT |1|127.0.0.1|50001|
    S: 500 what?
    C: PORT 127,0,0,1,195,81
    S: 200 ok
    C: NLST
    S: 150 now
    S: 226 done
    C: PORT 127,0,0,1,195,82
    S: 200 ok
    C: NLST
    S: 550 no`,
    async (ftp) => {
      const names = ftp.nlst().then((all) => all);
      while (ports.opened.length < 1) await Promise.resolve();
      await send(ports.last, "a\r\nb\r\n");
      assert.deepEqual(await names, ["a", "b"]);
      await rejection(ftp.nlst().then(), ErrorPerm);
      assert.ok(ports.last.closed);
    },
    { mode: "active", listen: ports.listen },
  );
});

Deno.test("active mode: what refuses EPRT for another reason is told, and nothing listens any more", async () => {
  for (
    const [reply, address, type] of [
      ["530 log in", undefined, ErrorPerm],
      ["425 not now", undefined, ErrorTemp],
      ["500 what?", "2001:db8::7", ErrorPerm],
    ] as const
  ) {
    const ports = new Ports();
    await withServer(
      `C: TYPE A\nS: 200 ok\nC: /EPRT .*/\nS: ${reply}`,
      async (ftp) => {
        await rejection(ftp.nlst().then(), type);
        assert.ok(ports.last.closed);
      },
      { mode: "active", listen: ports.listen, activeAddress: address },
    );
  }
});

Deno.test("active mode: only the server is let in, whoever comes first; IPv4 in IPv6 is the same", async () => {
  for (const server of ["127.0.0.1", "::ffff:127.0.0.1"]) {
    const ports = new Ports();
    await withServer(
      `${BEGIN}${RETR}S: 226 done`,
      async (ftp) => {
        const downloading = ftp.download("f").then(text);
        while (ports.opened.length < 1) await Promise.resolve();
        const stranger = ports.last.arrive("203.0.113.9");
        await stranger.write(new TextEncoder().encode("false"));
        await send(ports.last, "hello", server);
        assert.equal(await downloading, "hello");
        assert.equal(await stranger.read(new Uint8Array(1)), null);
      },
      { mode: "active", listen: ports.listen },
    );
  }
});

Deno.test("active mode: a server that never dials is waited for no longer than connectTimeout", async () => {
  const silent = new Ports();
  await withServer(
    `${BEGIN}${RETR}C! eof`,
    async (ftp) => {
      const error = await rejection(ftp.download("f").then(), TimeoutError);
      assert.match(error.message, /port 50001 within 50 ms.*passive mode/);
      ftp.close();
    },
    { mode: "active", listen: silent.listen, connectTimeout: 50 },
  );
});

Deno.test("active mode: a server that says it cannot dial is not waited for", async () => {
  const ports = new Ports();
  await withServer(
    `${BEGIN}${RETR}
    S: 425 cannot
    C: NOOP
    S: 200 ok
    C: PWD
    S: 257 "/"`,
    async (ftp) => {
      await rejection(ftp.download("f").then(), ErrorTemp);
      assert.ok(ports.last.closed);
      assert.equal(await ftp.pwd(), "/");
    },
    { mode: "active", listen: ports.listen, connectTimeout: Infinity, timeout: Infinity },
  );
});

Deno.test("active mode: a server that has sent everything before it is let in", async () => {
  const ports = new Ports();
  await withServer(
    `${BEGIN}${RETR}S: 226 done\nC: PWD\nS: 257 "/"`,
    async (ftp) => {
      const downloading = ftp.download("f").then(text);
      while (ports.opened.length < 1) await Promise.resolve();
      for (let turn = 0; turn < 200; turn++) await Promise.resolve();
      await send(ports.last, "hello");
      assert.equal(await downloading, "hello");
      assert.equal(await ftp.pwd(), "/");
    },
    { mode: "active", listen: ports.listen },
  );
});

Deno.test("active mode: activeAddress is what the server is told, activePorts where it may come", async () => {
  const ports = new Ports([6001, 6003]);
  await withServer(
    `C: TYPE A
    S: 200 ok
    C: EPRT |1|192.0.2.7|6002|
    S: 200 ok
    C: NLST
    S: 550 no`,
    async (ftp) => {
      await rejection(ftp.nlst().then(), ErrorPerm);
      assert.equal(ports.last.address.hostname, "127.0.0.1");
    },
    {
      mode: "active",
      listen: ports.listen,
      activeAddress: "192.0.2.7",
      activePorts: [6001, 6003],
    },
  );
  await withServer("C: TYPE A\nS: 200 ok", async (ftp) => {
    const error = await rejection(ftp.nlst().then(), OSError);
    assert.match(error.message, /ports 6001 to 6001 are taken/);
  }, { mode: "active", listen: ports.listen, activePorts: [6001, 6001] });
});

Deno.test("active mode: options that make no sense are refused before anything is dialled", () => {
  assert.throws(() => new FTP({ activeAddress: "my.router" }), /need an IP address/);
  for (const ports of [[0, 5], [5, 4], [1, 65_536], [1.5, 2], [NaN, 5]] as const) {
    assert.throws(() => new FTP({ activePorts: ports }), RangeError, String(ports));
  }
  const localAddress = { hostname: "127.0.0.1" };
  const dial = () => Promise.reject(new Error("never"));
  assert.throws(() => new FTP({ localAddress, dial }), /Cannot use dial and localAddress together/);
});

Deno.test("setPasv changes the mode between transfers, and a clone has it too", async () => {
  const ports = new Ports();
  await withServer(
    `C: TYPE A
    S: 200 ok
    C: EPRT |1|127.0.0.1|50001|
    S: 200 ok
    C: NLST
    S: 550 no
    C: EPSV
    S: 229 ok (|||{port}|)
    C: NLST
    S: 150 now
    D: a
    S: 226 done`,
    async (ftp) => {
      assert.equal(ftp.passiveserver, true);
      ftp.setPasv(false);
      assert.equal(ftp.passiveserver, false);
      await rejection(ftp.nlst().then(), ErrorPerm);
      ftp.setPasv(true);
      assert.deepEqual(await ftp.nlst(), ["a"]);
    },
    { listen: ports.listen },
  );
});

Deno.test("makeport, sendport, sendeprt and makepasv do what their commands say", async () => {
  const ports = new Ports();
  await withServer(
    `C: EPRT |1|127.0.0.1|50001|
    S: 200 ok
    C: PORT 192,0,2,7,4,1
    S: 200 ok
    C: EPRT |2|2001:db8::7|5282|
    S: 200 ok
    C: EPSV
    S: 229 ok (|||6000|)
    C: PORT 192,0,2,7,4,1
    S: 501 no`,
    async (ftp) => {
      const listener = await ftp.makeport();
      assert.equal(listener.address.port, 50_001);
      listener.close();
      assert.equal((await ftp.sendport("192.0.2.7", 1025)).code, 200);
      await ftp.sendeprt("2001:db8::7", 5282);
      assert.deepEqual(await ftp.makepasv(), { hostname: "127.0.0.1", port: 6000 });
      await rejection(ftp.sendport("192.0.2.7", 1025), ErrorPerm);
      await rejection(ftp.sendport("2001:db8::7", 1025), TypeError);
      await rejection(ftp.sendport("192.0.2.7", 65_536), RangeError);
      await rejection(ftp.sendeprt("x\r\nDELE y", 1), TypeError);
    },
    { listen: ports.listen },
  );
});

Deno.test("active mode: a side that has no IP address says what to do", async () => {
  const listen = () => ({
    address: { hostname: "localhost", port: 5, transport: "memory" as const },
    accept: () => Promise.resolve(null),
    close: () => {},
  });
  await withServer("C: TYPE A\nS: 200 ok", async (ftp) => {
    const error = await rejection(ftp.nlst().then(), FTPError);
    assert.match(error.message, /no IP address; give `activeAddress`/);
    assert.equal(error.origin, "usage");
  }, { mode: "active", listen });
});
