/**
 * Answers every line of its input in upper case.
 *
 * @module
 */

import { standardInput, standardOutput } from "../../../net/files/standard_streams.ts";

const output = standardOutput();
output.write("ready\n");
for await (const line of standardInput()) {
  output.write(new TextDecoder().decode(line).toUpperCase());
  await output.drain();
}
output.write("bye\n");
await output.flush();
