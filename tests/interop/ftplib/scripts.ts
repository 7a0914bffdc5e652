/**
 * The scripts by which Python's ftplib and ours are compared.
 *
 * @module
 */

import type { Script, Step } from "./steps.ts";

function passive(...steps: Step[]): Script {
  return { passive: true, steps };
}

/** By name. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  "directories": passive(
    ["pwd"],
    ["mkd", "new"],
    ["mkd", "new"],
    ["cwd", "new"],
    ["pwd"],
    ["cwd", ".."],
    ["cwd", "sub"],
    ["cwd", ""],
    ["cwd", "/sub"],
    ["cwd", "/none"],
    ["cwd", "/"],
    ["rmd", "new"],
    ["rmd", "sub"],
    ["rmd", "none"],
    ["pwd"],
  ),
  "names": passive(
    ["rename", "a.txt", "z.txt"],
    ["rename", "none", "some"],
    ["rename", "b.bin", "/none/b.bin"],
    ["rename", "ž š.txt", "sub/ž š.txt"],
    ["delete", "z.txt"],
    ["delete", "none"],
    ["delete", "sub"],
    ["size", "b.bin"],
    ["size", "empty"],
    ["size", "none"],
    ["nlst"],
  ),
  "listings": passive(
    ["nlst"],
    ["nlst", "sub"],
    ["nlst", "none"],
    ["dir"],
    ["dir", "sub"],
    ["dir", "none"],
    ["mlsd", ""],
    ["mlsd", "sub"],
    ["mlsd", "", "type", "size"],
    ["mlsd", ""],
    ["mlsd", "none"],
    ["pwd"],
  ),
  "downloads": passive(
    ["retrbinary", "RETR b.bin"],
    ["retrbinary", "RETR empty"],
    ["retrbinary", "RETR b.bin", 2_990],
    ["retrbinary", "RETR b.bin", 3_000],
    ["retrlines", "RETR a.txt"],
    ["retrlines", "RETR ž š.txt"],
    ["retrbinary", "RETR a.txt"],
    ["retrbinary", "RETR none"],
    ["retrbinary", "RETR sub"],
    ["retrlines", "RETR none"],
    ["retrbinary", "RETR b.bin", 100],
    ["pwd"],
  ),
  "uploads": passive(
    ["storbinary", "STOR new.bin", "one\ntwo\0three"],
    ["storbinary", "STOR empty", "no more"],
    ["storbinary", "STOR new.bin", "", 0],
    ["storbinary", "STOR a.txt", "ALPHA", 3],
    ["storbinary", "APPE a.txt", "gamma"],
    ["storlines", "STOR text", "one\ntwo\r\nthree"],
    ["storlines", "STOR text", ""],
    ["storbinary", "STOR crlf", "one\r\ntwo\r\n"],
    ["retrlines", "RETR crlf"],
    ["storbinary", "STOR /none/x", "x"],
    ["storbinary", "STOR sub", "x"],
    ["size", "a.txt"],
    ["retrbinary", "RETR a.txt"],
    ["pwd"],
  ),
  "commands": passive(
    ["getwelcome"],
    ["sendcmd", "NOOP"],
    ["voidcmd", "NOOP"],
    ["sendcmd", "SYST"],
    ["sendcmd", "FEAT"],
    ["sendcmd", "XYZZY"],
    ["sendcmd", "REST 5"],
    ["voidcmd", "REST 5"],
    ["retrbinary", "RETR none"],
    ["sendcmd", "TYPE A"],
    ["retrbinary", "RETR a.txt"],
    ["acct", "none"],
    ["login", "tulip", "secret"],
    ["cwd", "a\nb"],
    ["sendcmd", "NOOP\r\nDELE a.txt"],
    ["voidcmd", "DELE a.txt\r"],
    ["nlst"],
  ),
};
