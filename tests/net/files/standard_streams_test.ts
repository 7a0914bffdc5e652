import assert from "node:assert/strict";
import { bytes, text } from "../cuts.ts";

/** Starts a program that uses the streams. */
async function start(program: string): Promise<AsyncDisposable & { child: Deno.ChildProcess }> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  const root = new URL("../../../", import.meta.url).href;
  await Deno.writeTextFile(
    file,
    `import { standardError, standardInput, standardOutput } from
      "${root}net/files/standard_streams.ts";
    ${program.replaceAll("loop/", `${root}loop/`).replaceAll("net/", `${root}net/`)}`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", "--no-check", "--quiet", file],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(20_000),
  }).spawn();
  return {
    child,
    [Symbol.asyncDispose]: async () => {
      await child.status;
      await Deno.remove(file);
    },
  };
}

Deno.test("Lines go in and out, without any permission", async () => {
  await using started = await start(`
    let number = 0;
    for await (const line of standardInput()) {
      standardOutput().write(\`\${++number} \`);
      standardOutput().write(line);
    }
    standardError().write("done");
    await standardOutput().flush();
  `);
  const { child } = started;
  const writer = child.stdin.getWriter();
  await writer.write(bytes("one\ntw"));
  await writer.write(bytes("o\nthree"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(text(stderr), "done");
  assert.equal(text(stdout), "1 one\n2 two\n3 three");
  assert.equal(code, 0);
});

Deno.test("What was written leaves before the program ends, however much it is", async () => {
  await using started = await start(`
    for (let count = 0; count < 100; count++) standardOutput().write("x".repeat(100_000));
  `);
  await started.child.stdin.close();
  const { code, stdout } = await started.child.output();
  assert.equal(stdout.length, 10_000_000);
  assert.equal(code, 0);
});

Deno.test("There is one stream of each; one that is closed is followed by another", async () => {
  await using started = await start(`
    const output = standardOutput();
    console.error(standardInput() === standardInput(), output === standardOutput());
    output.write("one ");
    output.close();
    await output.waitClosed();
    console.error(output === standardOutput());
    standardOutput().write("two");
    await standardOutput().flush();
    console.log(" three");
  `);
  await started.child.stdin.close();
  const { code, stdout, stderr } = await started.child.output();
  assert.equal(text(stderr), "true true\nfalse\n");
  assert.equal(text(stdout), "one two three\n");
  assert.equal(code, 0);
});

Deno.test("An output that nobody reads is a BrokenPipeError, and nothing that ends the program", async () => {
  await using started = await start(`
    await standardInput().readline();
    standardOutput().write("nobody hears this");
    await standardOutput().flush().catch((error) => {
      standardError().write(\`\${error.name} \${error.code}: \${error.message}\`);
    });
    standardOutput().write("nor this");
    await standardError().flush();
  `);
  const { child } = started;
  await child.stdout.cancel();
  const writer = child.stdin.getWriter();
  await writer.write(bytes("go\n"));
  await writer.close();
  const [error, { code }] = await Promise.all([new Response(child.stderr).text(), child.status]);
  assert.equal(
    error,
    'BrokenPipeError EPIPE: Cannot write to "standard output": nobody reads there any more',
  );
  assert.equal(code, 0);
});

Deno.test("A read that was given up goes on, and the next one gets what it brings", async () => {
  await using started = await start(`
    const input = standardInput();
    await input.readline({ timeout: 20 }).catch(({ name }) => standardOutput().write(name + " "));
    const line = await input.readline();
    standardOutput().write(line);
    await standardOutput().flush();
  `);
  const { child } = started;
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "TimeoutError ");
  const writer = child.stdin.getWriter();
  await writer.write(bytes("late\n"));
  await writer.close();
  assert.equal((await reader.read()).value, "late\n");
  await reader.cancel();
  await child.stderr.cancel();
  assert.equal((await child.status).code, 0);
});

Deno.test("Pipes of the program are not closed with their transports", async () => {
  await using started = await start(`
    const { connectReadPipe, connectWritePipe } = await import("net/files/pipes.ts");
    const { Protocol } = await import("net/transports/protocols.ts");
    const { promise, resolve } = Promise.withResolvers();
    class Told extends Protocol {
      heard = "";
      dataReceived(data) { this.heard += new TextDecoder().decode(data); }
      connectionLost() { resolve(this.heard); }
    }
    const sent = Promise.withResolvers();
    class Sending extends Protocol {
      connectionLost() { sent.resolve(); }
    }
    await connectReadPipe(() => new Told(), Deno.stdin);
    const { transport } = await connectWritePipe(() => new Sending(), Deno.stdout);
    transport.write(await promise);
    transport.close();
    await sent.promise;
    console.log(" and more");
  `);
  const { child } = started;
  const writer = child.stdin.getWriter();
  await writer.write(bytes("heard"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(text(stderr), "");
  assert.equal(text(stdout), "heard and more\n");
  assert.equal(code, 0);
});
