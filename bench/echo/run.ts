/**
 * One entrant of the echo bench: starts a server, has the client talk to it in every size, and
 * tells what a message cost: `run.ts CLIENT plain|tls|starttls COMMAND …`.
 *
 * @module
 */
// deno-lint-ignore-file no-console

const SIZES = { "1 KiB": 1024, "10 KiB": 10_240, "100 KiB": 102_400 };
const CONNECTIONS = 3;
const WARM_UP = 300;
const milliseconds = Number(Deno.env.get("MILLISECONDS") ?? 1000);

const [client = "", mode = "", program = "", ...args] = Deno.args;
const server = new Deno.Command(program, {
  args,
  stdin: "null",
  stdout: "piped",
  stderr: "piped",
}).spawn();
const complaints = new Response(server.stderr).text();
const output = server.stdout.getReader();
try {
  const { value } = await output.read();
  if (value === undefined) throw new Error(`The server did not start: ${await complaints}`);
  const { port } = JSON.parse(new TextDecoder().decode(value));
  const rows: Record<string, number> = {};
  for (const [name, size] of Object.entries(SIZES)) {
    await talk(port, size, WARM_UP);
    const before = await cpuTime(server.pid);
    const { count, nanoseconds } = await talk(port, size, milliseconds);
    rows[name] = nanoseconds / 1000 / count;
    rows[`${name}, CPU`] = (await cpuTime(server.pid) - before) / count;
  }
  console.log(JSON.stringify({ rows }));
} finally {
  Deno.kill(server.pid, "SIGKILL");
  await server.status;
  await complaints;
  await output.cancel();
}

async function talk(
  port: number,
  size: number,
  ms: number,
): Promise<{ count: number; nanoseconds: number }> {
  const { success, stdout, stderr } = await new Deno.Command(client, {
    args: [port, size, CONNECTIONS, ms, mode].map(String),
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`The client failed: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}

/** What a process has used, in microseconds; Linux counts in hundredths of a second. */
async function cpuTime(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
