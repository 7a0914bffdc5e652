/**
 * Every dialogue that the rig plays, with the module that it tests.
 *
 * @module
 */

import type { Dialogue } from "../peers/dialogues.ts";
import { FTP_DIALOGUES } from "./ftp_dialogues.ts";
import { FTPD_DIALOGUES } from "./ftpd_dialogues.ts";
import { NET_DIALOGUES, NET_TLS_DIALOGUES } from "./net_dialogues.ts";
import { PAIR_DIALOGUES } from "./pair_dialogues.ts";
import { SMTP_DIALOGUES } from "./smtp_dialogues.ts";
import { SMTPD_DIALOGUES } from "./smtpd_dialogues.ts";
import { TLS_DIALOGUES } from "./tls_dialogues.ts";

/** Whose part is under test. */
export type Party =
  | "net"
  | "ftplib.FTP"
  | "smtplib.SMTP"
  | "ftplib.FTPServer"
  | "smtpd.SMTPServer"
  | "both";

/** All of them. */
export const ALL_DIALOGUES: readonly { party: Party; dialogue: Dialogue }[] = [
  ...NET_DIALOGUES.map((dialogue) => ({ party: "net" as const, dialogue })),
  ...NET_TLS_DIALOGUES.map((dialogue) => ({ party: "net" as const, dialogue })),
  ...FTP_DIALOGUES.map((dialogue) => ({ party: "ftplib.FTP" as const, dialogue })),
  ...SMTP_DIALOGUES.map((dialogue) => ({ party: "smtplib.SMTP" as const, dialogue })),
  ...TLS_DIALOGUES.map((dialogue) => ({ party: "smtplib.SMTP" as const, dialogue })),
  ...FTPD_DIALOGUES.map((dialogue) => ({ party: "ftplib.FTPServer" as const, dialogue })),
  ...SMTPD_DIALOGUES.map((dialogue) => ({ party: "smtpd.SMTPServer" as const, dialogue })),
  ...PAIR_DIALOGUES.map((dialogue) => ({ party: "both" as const, dialogue })),
];
