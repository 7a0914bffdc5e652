import assert from "node:assert/strict";
import { parseMlst } from "../../protocols/ftp/facts.ts";
import { parseExtended, parseHostPort } from "../../protocols/ftp/addresses.ts";
import { command as ftpCommand } from "../../protocols/ftp/commands.ts";
import {
  parse150,
  parse227,
  parse229,
  parse257,
  parseFeat,
  parseMdtm,
  parseSize,
} from "../../protocols/ftp/replies.ts";
import { parseCommand as parseFtpCommand } from "../../protocols/ftp/session.ts";
import {
  authCommand,
  command as smtpCommand,
  heloCommand,
  mailCommand,
  rcptCommand,
} from "../../protocols/smtp/commands.ts";
import { authMechanisms, formatEhlo, maximumSize, parseEhlo } from "../../protocols/smtp/ehlo.ts";
import { splitEnhanced } from "../../protocols/smtp/enhanced.ts";
import { formatMailParameters, formatRcptParameters } from "../../protocols/smtp/parameters.ts";
import {
  parseAuth,
  parseCommand as parseSmtpCommand,
  parseMail,
  parseRcpt,
} from "../../protocols/smtp/session.ts";
import { DotDecoder, dotStuff } from "../../protocols/text/dot.ts";
import { decodeLatin1, encodeLatin1 } from "../../protocols/text/latin1.ts";
import {
  encodeReply,
  type Reply,
  ReplyDecoder,
  type ReplyStyle,
} from "../../protocols/text/reply.ts";
import { linesOf, readTranscript, sameHoweverCut } from "../codec.ts";

function said(name: string, who: "C" | "S"): string {
  return readTranscript(name).filter((one) => one.who === who).map(({ line }) => `${line}\r\n`)
    .join("");
}

/** The replies of a dialogue: the same however they are cut, and written again as they were. */
function replies(name: string, style: ReplyStyle): Reply[] {
  const wire = said(name, "S");
  const found = sameHoweverCut(wire, (pieces) => {
    const decoder = new ReplyDecoder({ style });
    const found = linesOf(pieces).map((line) => decoder.push(line)).filter((reply) => !!reply);
    assert.ok(!decoder.pending);
    return found;
  });
  const again = found.map(({ code, lines }) => encodeReply(code, lines, style)).join("");
  assert.equal(again, wire);
  return found;
}

function only(replies: readonly Reply[], code: number): Reply[] {
  return replies.filter((reply) => reply.code === code);
}

Deno.test("transcript ftp_login: free text, quotes, paths with spaces", () => {
  const found = replies("ftp_login.txt", "free");
  assert.deepEqual(found[0]?.lines, [
    "Welcome to the archive.",
    " 331 users are logged in",
    "Service ready",
  ]);
  assert.deepEqual(only(found, 230)[0]?.lines[1], "No waiting.");
  assert.deepEqual(only(found, 257).map(parse257), ["/home/ann", '/home/ann/say "hi"']);
});

Deno.test("transcript ftp_transfer: addresses and sizes", () => {
  const found = replies("ftp_transfer.txt", "free");
  assert.deepEqual(only(found, 227).map(parse227), [{ hostname: "132.235.1.2", port: 6275 }]);
  assert.deepEqual(only(found, 229).map(parse229), [6446]);
  assert.deepEqual(only(found, 150).map(parse150), [25_730, undefined]);
  assert.deepEqual(only(found, 125).map(parse150), [undefined]);
  const [eprt, port] = linesOf([encodeLatin1(said("ftp_transfer.txt", "C"))])
    .map((line) => parseFtpCommand(line)).filter(({ verb }) => /^E?P[OR]+T$/.test(verb));
  assert.deepEqual(parseExtended(eprt!.argument), {
    family: 2,
    hostname: "1080::8:800:200C:417A",
    port: 5282,
  });
  assert.deepEqual(parseHostPort(port!.argument), { hostname: "132.235.1.2", port: 6275 });
});

Deno.test("transcript ftp_facts: features, facts, times", () => {
  const found = replies("ftp_facts.txt", "free");
  const features = parseFeat(only(found, 211)[0]!);
  assert.deepEqual([...features.keys()], ["MLST", "SIZE", "MDTM", "REST", "UTF8"]);
  const entry = parseMlst(only(found, 250)[0]!);
  assert.deepEqual([entry.name, entry.type], ["/home/ann/tmp dir", "directory"]);
  const [size, time] = only(found, 213);
  assert.equal(parseSize(size!), 1_024_990);
  assert.equal(parseMdtm(time!).toISOString(), "1998-06-15T10:00:45.014Z");
});

Deno.test("transcripts of FTP: each command is read, and built again as it was", () => {
  for (const name of ["ftp_login.txt", "ftp_transfer.txt", "ftp_facts.txt"]) {
    for (const line of linesOf([encodeLatin1(said(name, "C"))])) {
      const { verb, argument } = parseFtpCommand(line);
      assert.equal(ftpCommand(verb, argument === "" ? undefined : argument), line);
    }
  }
});

Deno.test("transcript smtp_mail: features and enhanced codes", () => {
  const found = replies("smtp_mail.txt", "coded");
  const ehlo = parseEhlo(found[1]!);
  assert.equal(ehlo.domain, "foo.com");
  assert.equal(maximumSize(ehlo.features), 10_240_000);
  assert.deepEqual(formatEhlo(ehlo.domain, ehlo.features, ehlo.greeting), found[1]);
  assert.deepEqual(splitEnhanced(only(found, 550)[0]!), {
    enhancedCode: "5.1.1",
    text: "No such user here",
  });
  assert.deepEqual(splitEnhanced(found.at(-2)!), {
    enhancedCode: "2.6.0",
    text: "Message accepted\nfor two of three",
  });
});

Deno.test("transcript smtp_auth: mechanisms after STARTTLS", () => {
  const found = replies("smtp_auth.txt", "coded");
  const [before, after] = only(found, 250).filter(({ lines }) => lines.length > 1).map(parseEhlo);
  assert.deepEqual(authMechanisms(before!.features), []);
  assert.deepEqual(authMechanisms(after!.features), ["PLAIN", "LOGIN", "GSSAPI", "DIGEST-MD5"]);
});

Deno.test("transcripts of SMTP: each command is read, and built again as it was", () => {
  const supported = new Set(["SIZE", "BODY", "RET", "ENVID", "NOTIFY", "ORCPT", "AUTH"]);
  for (const name of ["smtp_mail.txt", "smtp_auth.txt"]) {
    for (const line of linesOf([encodeLatin1(said(name, "C"))])) {
      const { verb, argument } = parseSmtpCommand(line);
      assert.equal(rebuild(verb, argument, supported), line);
    }
  }
});

function rebuild(verb: string, argument: string, supported: ReadonlySet<string>): string {
  switch (verb) {
    case "EHLO":
      return heloCommand("EHLO", argument);
    case "AUTH": {
      const { mechanism, initialResponse } = parseAuth(argument);
      return authCommand(mechanism, initialResponse);
    }
    case "MAIL": {
      const { sender, parameters } = parseMail(argument, supported);
      return mailCommand(sender, formatMailParameters(parameters));
    }
    case "RCPT": {
      const { recipient, parameters } = parseRcpt(argument, supported);
      return rcptCommand(recipient, formatRcptParameters(parameters));
    }
    default:
      return smtpCommand(verb, argument);
  }
}

Deno.test("transcript pop_dots: a text between an answer and a dot", () => {
  const wire = said("pop_dots.txt", "S");
  const text = wire.slice(wire.indexOf("\r\n") + 2);
  const decoded = sameHoweverCut(text, (pieces) => {
    const decoder = new DotDecoder();
    const decoded = pieces.map((piece) =>
      decodeLatin1(decoder.done ? piece : decoder.push(piece).data)
    );
    assert.ok(decoder.done);
    return decoded.join("");
  });
  assert.equal(decoded, "Subject: dots\r\n\r\n.\r\n.hidden\r\n is no end\r\nend.\r\n");
  // The line that began with one dot alone lost it: what is written again has no such line.
  assert.equal(decodeLatin1(dotStuff(decoded)), text.replace("\r\n. is", "\r\n is"));
});
