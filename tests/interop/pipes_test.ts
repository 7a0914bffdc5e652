import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connectReadPipe, openReadPipe, openWritePipe } from "../../net/files/pipes.ts";
import { Protocol } from "../../net/transports/protocols.ts";
import { withFifo } from "../net/files/fifos.ts";
import { interopTest } from "./interop.ts";
import { pathOf } from "./servers/installed.ts";

const at = (name: string) => fileURLToPath(new URL(`./pipes/${name}`, import.meta.url));

function start(args: string[]): Deno.ChildProcess {
  return new Deno.Command(pathOf("python3"), {
    args,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(30_000),
  }).spawn();
}

interopTest("Standard input and output work on a terminal", { needs: ["python3"] }, async () => {
  const program = [Deno.execPath(), "run", "--no-lock", "--no-check", "--quiet", at("shout.ts")];
  const { code, stdout } = await start([at("terminal.py"), ...program]).output();
  assert.equal(new TextDecoder().decode(stdout), "ready\nhello\nHELLO\nbye\n");
  assert.equal(code, 0);
});

interopTest("Named pipes join streams with Python's asyncio", { needs: ["python3"] }, async () => {
  await withFifo((to) =>
    withFifo(async (from) => {
      const child = start([at("echo.py"), to, from]);
      const writer = await openWritePipe(to);
      await using reader = await openReadPipe(from);
      for (const word of ["one", "two", "x".repeat(60_000)]) {
        writer.write(`${word}\n`);
        assert.equal(await reader.nextLine({ timeout: 10_000 }), word.toUpperCase());
      }
      writer.write("y\n".repeat(100_000));
      writer.close();
      assert.equal((await reader.read()).length, 200_000);
      assert.equal((await child.output()).code, 0);
    })
  );
});

interopTest(
  "A protocol is told what a program of the system writes",
  { needs: ["python3"] },
  async () => {
    await withFifo(async (path) => {
      const writing = new Deno.Command("/bin/sh", {
        args: ["-c", `seq 1 20000 > ${path}`],
      }).output();
      const { promise, resolve } = Promise.withResolvers<string>();
      class Told extends Protocol {
        #heard = "";
        override dataReceived(data: Uint8Array) {
          this.#heard += new TextDecoder().decode(data);
        }
        override connectionLost() {
          resolve(this.#heard);
        }
      }
      await connectReadPipe(() => new Told(), path);
      const lines = (await promise).split("\n");
      assert.equal(lines.length, 20_001);
      assert.equal(lines[19_999], "20000");
      assert.equal((await writing).code, 0);
    });
  },
);
