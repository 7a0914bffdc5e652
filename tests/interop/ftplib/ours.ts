/**
 * Runs scripts with our ftplib, and tells what came of them in Python's words.
 *
 * @module
 */

import type { FTP } from "../../../stdlib/ftplib/client.ts";
import {
  ErrorPerm,
  ErrorProto,
  ErrorReply,
  ErrorTemp,
  FTPError,
  SessionClosedError,
} from "../../../stdlib/ftplib/errors.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";
import { decodeLatin1 } from "../../../protocols/text/latin1.ts";
import type { Reply } from "../../../protocols/text/reply.ts";
import { MARK, type Result, type Step } from "./steps.ts";

/**
 * Runs a script.
 *
 * @param ftp A session that is logged in. It is left by QUIT.
 * @param steps What to do.
 * @returns What each step gave.
 */
export async function runOurs(ftp: FTP, steps: readonly Step[]): Promise<Result[]> {
  const results: Result[] = [];
  await mark(ftp);
  for (const step of steps) {
    try {
      results.push({ value: pythonic(await run(ftp, step)) });
    } catch (error) {
      const code = error instanceof FTPError ? error.code ?? null : null;
      results.push({ error: pythonName(error), code });
    }
    await mark(ftp);
  }
  await ftp.quit();
  return results;
}

async function mark(ftp: FTP): Promise<void> {
  try {
    await ftp.sendcmd(MARK);
  } catch (error) {
    if (!(error instanceof ErrorPerm)) throw error;
  }
}

async function run(ftp: FTP, step: Step): Promise<unknown> {
  switch (step[0]) {
    case "nlst":
    case "dir":
      return await ftp[step[0]](step[1]);
    case "mlsd": {
      const entries = await ftp.mlsd(step[1], { facts: step.slice(2) as string[] });
      return entries.map(({ name, facts }: Entry) => [name, Object.fromEntries(facts)]);
    }
    case "rename":
      return await ftp.rename(step[1], step[2]);
    case "login":
      return await ftp.login(step[1], step[2]);
    case "retrbinary": {
      let received = "";
      const take = (chunk: Uint8Array) => void (received += decodeLatin1(chunk));
      const reply = await ftp.retrbinary(step[1], take, { rest: step[2] });
      return [reply, received];
    }
    case "retrlines": {
      const lines: string[] = [];
      return [await ftp.retrlines(step[1], (line) => void lines.push(line)), lines];
    }
    case "storbinary":
      return await ftp.storbinary(step[1], step[2], { rest: step[3] });
    case "storlines":
      return await ftp.storlines(step[1], step[2]);
    case "pwd":
    case "getwelcome":
    case "abort":
      return await ftp[step[0]]();
    default:
      return await ftp[step[0]](step[1]);
  }
}

/** A reply is text in Python, its codes included. */
function pythonic(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pythonic);
  if (typeof value !== "object" || value === null || !("code" in value)) return value;
  const { code, lines } = value as Reply;
  if (lines.length === 1) return `${code} ${lines[0]}`;
  // Lines in between are free text; whether they carry the code, a server decides for itself.
  return [`${code}-${lines[0]}`, ...lines.slice(1, -1), `${code} ${lines.at(-1)}`].join("\n");
}

function pythonName(error: unknown): string {
  if (error instanceof ErrorTemp) return "error_temp";
  if (error instanceof ErrorPerm) return "error_perm";
  if (error instanceof ErrorProto) return "error_proto";
  if (error instanceof ErrorReply) return "error_reply";
  if (error instanceof SessionClosedError) return "EOFError";
  return error instanceof Error ? error.name : String(error);
}
