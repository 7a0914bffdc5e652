/**
 * CPython's `test_subprocess`: what is not started.
 *
 * @module
 */

import assert from "node:assert/strict";
import { FileNotFoundError } from "../../../net/errors.ts";
import {
  createSubprocessExec,
  type CreateSubprocessOptions,
  createSubprocessShell,
  PIPE,
} from "../../../net/processes/subprocess.ts";
import { subprocesses } from "./suite.ts";

const adapted = (name: string, why: string, test: () => Promise<void>) =>
  subprocesses.adapted(`SubprocessMixin.${name}`, why, ({ run }) => run(test));

const NO_MOCK = "A real program that is not there fails, for nothing can be put in place of Popen";
const TYPE_ERROR = "A wrong argument is a TypeError, and there is no ValueError";

adapted("test_popen_error", NO_MOCK, async () => {
  await assert.rejects(createSubprocessExec("/no/such/program", ["-c", "pass"]), FileNotFoundError);
});

adapted("test_popen_error_with_stdin_pipe", NO_MOCK, async () => {
  await assert.rejects(
    createSubprocessExec("/no/such/program", ["-c", "pass"], { stdin: PIPE }),
    FileNotFoundError,
  );
});

const TEXT_MODES = [{ text: true }, { encoding: "utf-8" }, { errors: "strict" }];

adapted("test_create_subprocess_exec_text_mode_fails", TYPE_ERROR, async () => {
  for (const mode of TEXT_MODES) {
    const options = mode as CreateSubprocessOptions;
    await assert.rejects(createSubprocessExec("true", [], options), TypeError);
  }
});

adapted("test_create_subprocess_shell_text_mode_fails", TYPE_ERROR, async () => {
  for (const mode of TEXT_MODES) {
    const options = mode as CreateSubprocessOptions;
    await assert.rejects(createSubprocessShell("true", options), TypeError);
  }
});

adapted(
  "test_create_subprocess_exec_with_path",
  "A program may be a URL, which is what JavaScript has for a path; arguments are strings",
  async () => {
    const child = await createSubprocessExec(new URL("file:///bin/sh"), ["-c", "exit 0"]);
    assert.equal(await child.wait(), 0);
  },
);
