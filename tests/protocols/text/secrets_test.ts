import assert from "node:assert/strict";
import { maskSecrets } from "../../../protocols/text/secrets.ts";

Deno.test("maskSecrets covers what follows PASS, ACCT and the mechanism of AUTH", () => {
  for (
    const [command, masked] of [
      ["PASS secret", "PASS ***"],
      ["pass two words ", "pass ***"],
      ["ACCT books", "ACCT ***"],
      ["AUTH PLAIN AHRpbQBzZWNyZXQ=", "AUTH PLAIN ***"],
      ["auth login dGlt", "auth login ***"],
      ["  PASS x", "  PASS ***"],
      ["PASS a\nb", "PASS ***"],
    ] as const
  ) {
    assert.equal(maskSecrets(command), masked);
  }
});

Deno.test("maskSecrets leaves alone what is no secret", () => {
  for (
    const command of [
      "PASSIVE on",
      "PASV",
      "AUTH PLAIN",
      "USER tim",
      "MAIL FROM:<pass@acct.test>",
      "",
    ]
  ) {
    assert.equal(maskSecrets(command), command);
  }
});
