import assert from "node:assert/strict";
import { CancelledError, TimeoutError } from "../../../loop/exceptions.ts";
import { timeout } from "../../../loop/timeouts.ts";
import { sleep } from "../../../loop/sleep.ts";
import { createTask } from "../../../loop/tasks.ts";
import { SMTP } from "../../../stdlib/smtplib/client.ts";
import { SMTPServerDisconnected } from "../../../stdlib/smtplib/errors.ts";
import { scripted } from "../../peers/scripted.ts";
import { rejection } from "../../rejection.ts";
import { ehlo, inTestTime, withServer } from "./_session.ts";

// Every place of a mail where the server can fall silent: what it has said until then, and where.
const PIPELINED = [
  ["C: EHLO me.example"],
  ["S: 250-mail.example"],
  ["S: 250 PIPELINING", "C: MAIL FROM:<a@b.test>", "C: RCPT TO:<c@d.test>", "C: DATA"],
  ["S: 250 ok"],
  ["S: 250 ok"],
  ["S: 354 go", "C: x", "C: ."],
];
const STEPWISE = [
  ["C: EHLO me.example"],
  ["S: 250 mail.example", "C: MAIL FROM:<a@b.test>"],
  ["S: 250 ok", "C: RCPT TO:<c@d.test>"],
  ["S: 250 ok", "C: DATA"],
  ["S: 354 go", "C: x", "C: ."],
];

/** Runs `break_` against a mail at every place, and checks what the client is like afterwards. */
async function atEveryPlace(
  break_: (send: (signal?: AbortSignal) => Promise<unknown>, smtp: SMTP) => Promise<void>,
): Promise<void> {
  for (const steps of [PIPELINED, STEPWISE]) {
    for (let place = 1; place <= steps.length; place++) {
      const script = `${steps.slice(0, place).flat().join("\n")}\nS! silence`;
      await withServer(script, async (smtp, _peer, clock) => {
        await break_((signal) => smtp.sendmail("a@b.test", "c@d.test", "x", { signal }), smtp);
        assert.ok(clock.now() < 1000, `took ${clock.now()} ms`);
        assert.equal(smtp.connected, false);
        const error = await rejection(smtp.noop(), SMTPServerDisconnected);
        assert.match(
          error.message,
          /Cannot send "NOOP": the connection .* is closed \(the wait for/,
        );
        assert.equal((error.cause as Error).name !== undefined, true);
        await rejection(smtp.sendmail("a@b.test", "c@d.test", "x"), SMTPServerDisconnected);
      });
    }
  }
}

Deno.test("task.cancel() in every place of a mail: at once, and the client says it is closed", async () => {
  await atEveryPlace(async (send) => {
    const task = createTask(() => send());
    await sleep(100);
    task.cancel();
    await rejection(task, CancelledError);
  });
});

Deno.test("an AbortSignal in every place of a mail: its reason, at once", async () => {
  await atEveryPlace(async (send) => {
    const controller = new AbortController();
    const task = createTask(() => send(controller.signal));
    await sleep(100);
    const reason = new Error("stop");
    controller.abort(reason);
    assert.equal(await rejection(task, Error), reason);
  });
});

Deno.test("timeout() in every place of a mail", async () => {
  await atEveryPlace(async (send) => {
    await rejection(timeout(100, () => send()), TimeoutError);
  });
});

Deno.test("close() in every place of a mail", async () => {
  for (const steps of [PIPELINED, STEPWISE]) {
    for (let place = 1; place <= steps.length; place++) {
      const script = `${steps.slice(0, place).flat().join("\n")}\nS! silence`;
      await withServer(script, async (smtp) => {
        const task = createTask(() => smtp.sendmail("a@b.test", "c@d.test", "x"));
        await sleep(100);
        smtp.close();
        assert.match((await rejection(task, SMTPServerDisconnected)).message, /on our side/);
      });
    }
  }
});

Deno.test("the timeout of the client, and of a call, in every place of a mail", async () => {
  for (const steps of [PIPELINED, STEPWISE]) {
    for (let place = 1; place <= steps.length; place++) {
      const script = `${steps.slice(0, place).flat().join("\n")}\nS! silence`;
      for (const options of [{ timeout: 300 }, {}]) {
        await withServer(script, async (smtp, _peer, clock) => {
          const start = clock.now();
          const error = await rejection(
            smtp.sendmail("a@b.test", "c@d.test", "x", options),
            TimeoutError,
          );
          assert.equal(clock.now() - start, options.timeout ?? 700);
          assert.match(
            error.message,
            /^mail\.example:25 was silent for \d+ ms when it was to answer/,
          );
          await rejection(smtp.noop(), SMTPServerDisconnected);
        }, { timeout: 700 });
      }
    }
  }
});

Deno.test("a signal that is aborted already sends nothing, and the client can be used", async () => {
  await withServer("C: NOOP\nS: 250 ok", async (smtp, peer) => {
    const signal = AbortSignal.abort(new Error("too late"));
    for (
      const call of [
        smtp.sendmail("a@b.test", "c@d.test", "x", { signal }),
        smtp.noop({ signal }),
        smtp.starttls({ signal }),
        smtp.login("u", "p", { signal }),
        smtp.ehlo(undefined, { signal }),
      ]
    ) {
      assert.match((await rejection(call, Error)).message, /too late/);
    }
    assert.equal(peer.received, "");
    await smtp.noop();
  });
});

Deno.test("connecting is interrupted while it dials, and while it waits for the greeting", async () => {
  await inTestTime(async (clock) => {
    const never = () => new Promise<never>(() => {});
    const controller = new AbortController();
    const task = createTask(() =>
      SMTP.connect("mail.example", { dial: never, signal: controller.signal })
    );
    await sleep(10);
    controller.abort(new Error("stop"));
    assert.match((await rejection(task, Error)).message, /stop/);

    const start = clock.now();
    const late = await rejection(
      SMTP.connect("mail.example", { dial: never, connectTimeout: 250 }),
      TimeoutError,
    );
    assert.equal(clock.now() - start, 250);
    assert.match(late.message, /Many networks and hosts block port 25/);

    await using peer = scripted("S: 220-half a greeting\nS! silence");
    const greeted = createTask(() => SMTP.connect("mail.example", { dial: peer.dial }));
    await sleep(10);
    greeted.cancel();
    await rejection(greeted, CancelledError);
  });
});

Deno.test("a server that feeds a reply line by line for ever is left at the limit", async () => {
  for (
    const [script, expected] of [
      [`C: EHLO me.example\nS= ${"250-again\\r\\n".repeat(1001)}\nC! eof`, /1000 lines/],
      [
        `C: EHLO me.example\nS= ${`250-${"x".repeat(4000)}\\r\\n`.repeat(17)}\nC! eof`,
        /65536 bytes/,
      ],
      [`C: EHLO me.example\nS= 250-${"x".repeat(9000)}\nC! eof`, /8192 bytes/],
    ] as const
  ) {
    await withServer(script, async (smtp) => {
      assert.match((await rejection(smtp.ehlo(), Error)).message, expected);
      assert.equal(smtp.connected, false);
    });
  }
});

Deno.test("replies sent ahead of their commands are not taken for answers", async () => {
  await inTestTime(async () => {
    await using peer = scripted(
      "S= 220 hi\\r\\n250 forged\\r\\n250 forged\\r\\nC! eof".replace("C! eof", "") + "\nC! eof",
    );
    await using smtp = await SMTP.connect("mail.example", { dial: peer.dial });
    const error = await rejection(smtp.sendmail("a@b.test", "c@d.test", "x"), Error);
    assert.match(error.message, /nobody asked for: "250 forged"/);
    assert.equal(peer.received, "");
  });
});

Deno.test("a reply too many after a mail is noticed before the next", async () => {
  await withServer(
    `${ehlo("PIPELINING")}C: MAIL FROM:<a@b.test>
    C: RCPT TO:<c@d.test>
    C: DATA
    S: 250 ok
    S: 250 ok
    S: 354 go
    C: x
    C: .
    S= 250 taken\\r\\n250 forged\\r\\n
    C! eof`,
    async (smtp) => {
      assert.equal((await smtp.sendmail("a@b.test", "c@d.test", "x")).reply.text, "taken");
      const next = smtp.sendmail("a@b.test", "c@d.test", "x");
      assert.match((await rejection(next, Error)).message, /nobody asked for/);
    },
  );
});
