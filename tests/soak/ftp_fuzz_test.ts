/**
 * What FTP's codecs, and that of `.netrc`, do with a million texts that are almost good.
 *
 * Each is read twice, under the same four claims: a result or the typed error, the same both times,
 * no more of it than there was text, and soon.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ProtocolError } from "../../protocols/errors.ts";
import {
  formatExtended,
  formatHostPort,
  parseExtended,
  parseHostPort,
} from "../../protocols/ftp/addresses.ts";
import {
  checksumVerbs,
  formatHash,
  formatHashOffer,
  type HashAlgorithm,
  parseChecksum,
  parseHash,
  parseHashOffer,
} from "../../protocols/ftp/checksums.ts";
import { Crc32 } from "../../protocols/ftp/crc32.ts";
import { formatFacts, parseFacts, parseMlst, permissionsOf } from "../../protocols/ftp/facts.ts";
import { parseList } from "../../protocols/ftp/list.ts";
import { type ListDialect, ListReader } from "../../protocols/ftp/list_reader.ts";
import { formatUnixLine } from "../../protocols/ftp/list_unix.ts";
import { monthOf } from "../../protocols/ftp/months.ts";
import { nameHazard } from "../../protocols/ftp/names.ts";
import {
  format227,
  format229,
  format257,
  formatFeat,
  formatMdtm,
  parse150,
  parse227,
  parse229,
  parse257,
  parseFeat,
  parseMdtm,
  parseSize,
} from "../../protocols/ftp/replies.ts";
import { parseCommand, resolvePath, withoutTelnet } from "../../protocols/ftp/session.ts";
import { parseTimeVal } from "../../protocols/ftp/time_val.ts";
import type { Entry, EntryType } from "../../protocols/ftp/types.ts";
import { formatNetrc, NetrcParseError, parseNetrc } from "../../protocols/text/netrc.ts";
import type { Reply } from "../../protocols/text/reply.ts";
import { mutate } from "../peers/mutate.ts";
import { Random } from "../peers/random.ts";
import { NOW, SAMPLES } from "../protocols/ftp/listings.ts";
import { withFailedSeeds } from "./seeds.ts";

/** What reads a peer's words, and samples of what it is made for. */
interface Target {
  read(text: string): unknown;
  samples: readonly string[];
}

function reply(code: number, text: string): Reply {
  return { code, lines: text.split("\n") };
}

/** The lines of all listings of a dialect, and each listing as a whole. */
function samplesOf(dialect?: ListDialect): string[] {
  return SAMPLES.filter((sample) => dialect === undefined || sample.dialect === dialect)
    .flatMap(({ lines }) => {
      const texts = lines.map(([line]) => line);
      return [...texts, texts.join("\n")];
    });
}

function readAs(dialect: ListDialect | "auto"): (text: string) => unknown {
  return (text) => {
    const reader = new ListReader({ now: NOW, dialect });
    return text.split("\n").map((line) => {
      const found = reader.push(line);
      if (found.kind === "entry") checkEntry(found.entry, line);
      return found;
    });
  };
}

/** No entry is without a name, and none has a number or a date that is none. */
function checkEntry(entry: Entry, line: string): void {
  const { name, size, modified, permissions, target } = entry;
  assert.ok(name !== "", line);
  assert.ok(size === undefined || (Number.isSafeInteger(size) && size >= 0), line);
  assert.ok(modified === undefined || !Number.isNaN(modified.getTime()), line);
  assert.equal(modified === undefined, entry.precision === undefined, line);
  assert.ok(permissions === undefined || (permissions >= 0 && permissions <= 0o7777), line);
  assert.ok(target === undefined || entry.type === "link", line);
}

const DIALECTS: readonly ListDialect[] = [
  ...["unix", "dos", "mlsd", "eplf", "vms", "mvs", "os400", "nonstop", "os2"] as const,
];

const TARGETS: Readonly<Record<string, Target>> = {
  ...Object.fromEntries(
    DIALECTS.map((dialect) => [
      `LIST as ${dialect}`,
      { read: readAs(dialect), samples: samplesOf(dialect) },
    ]),
  ),
  "LIST of any dialect": { read: readAs("auto"), samples: samplesOf() },
  parseList: {
    read: (text) => parseList(text.split("\n"), { now: NOW, maxBytes: 40_000, maxEntries: 100 }),
    samples: samplesOf(),
  },
  parseFacts: {
    read(text) {
      const entry = parseFacts(text);
      checkEntry(entry, text);
      return [entry, permissionsOf(entry)];
    },
    samples: [
      "type=file;size=1024;modify=20240229120000.123;perm=adfr; a name",
      "Type=OS.unix=slink:/target;Unique=8c:1;create=19981107084500; link",
      "type=dir;sizd=4096;UNIX.mode=0755;UNIX.ownername=me;charset=UTF-8; d;i=r ",
    ],
  },
  parseMlst: {
    read: (text) => parseMlst(reply(250, text)),
    samples: ["Listing\n type=file;size=1; a\nEnd", "type=dir; /", "Begin\n type=dir;perm=; /"],
  },
  parse150: {
    read: (text) => parse150(reply(150, text)),
    samples: ["Opening BINARY mode data connection for a (1234 bytes).", "ok (12 of 99 bytes)"],
  },
  parse227: {
    read: (text) => parse227(reply(227, text)),
    samples: ["Entering Passive Mode (127,0,0,1,200,13).", "=127,0,0,1,4,1"],
  },
  parse229: {
    read: (text) => parse229(reply(229, text)),
    samples: ["Entering Extended Passive Mode (|||6446|)", "(!!!1!)"],
  },
  parse257: {
    read: (text) => parse257(reply(257, text)),
    samples: ['"/a/b" is current', '"/a""b"', '"', '"/pub/d"q" : current', '""'],
  },
  parseFeat: {
    read: (text) => checksumVerbs(parseFeat(reply(211, text))),
    samples: ["Features:\n MLST type*;size*;\n HASH SHA-1*;MD5\n XCRC\nEnd", "no-features"],
  },
  parseSize: { read: (text) => parseSize(reply(213, text)), samples: ["1234", "0"] },
  parseMdtm: { read: (text) => parseMdtm(reply(213, text)), samples: ["20240229120000.5"] },
  parseTimeVal: { read: parseTimeVal, samples: ["20240229235960", "19991005213102.014"] },
  parseHostPort: { read: parseHostPort, samples: ["127,0,0,1,4,210"] },
  parseExtended: { read: parseExtended, samples: ["|1|132.235.1.2|6275|", "|2|::1|5282|"] },
  parseHashOffer: { read: parseHashOffer, samples: ["SHA-256;SHA-512;SHA-1*;MD5", "sha1*,crc32"] },
  parseHash: {
    read: (text) => parseHash(reply(213, text)),
    samples: [
      "CRC32 0-49 cbf43926 a name",
      "Computing MD5\nMD5 0-5 b359479cfda703b7fd473c7e09f39049",
      "MD5 b359479cfda703b7fd473c7e09f39049",
    ],
  },
  parseChecksum: {
    read: (text) => [
      ...(["CRC32", "MD5", "SHA-1"] as const).map((algorithm) => {
        try {
          return parseChecksum(reply(250, text), algorithm);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          return undefined;
        }
      }),
    ],
    samples: ["CBF43926", "/a b359479cfda703b7fd473c7e09f39049", "XCRC = 0x39BF."],
  },
  monthOf: { read: monthOf, samples: ["Feb", "août", "märz", "12月", "marras"] },
  "FTP parseCommand": {
    read: (text) => [parseCommand(text), withoutTelnet(text)],
    samples: ["RETR a b", "\xff\xf4\xff\xf2ABOR", "USER me"],
  },
  resolvePath: {
    read(text) {
      const path = resolvePath("/in", text);
      assert.match(path, /^\/(?!.*\/\.{1,2}(?:\/|$))/s);
      return path;
    },
    samples: ["../../etc/passwd", "a/./b//c", "/x/../..", "..\\.."],
  },
  nameHazard: {
    read(text) {
      const hazard = nameHazard(text, { windows: true });
      // A name that passes is one name, in the directory that it is put in.
      if (hazard === undefined) {
        const { pathname } = new URL(encodeURIComponent(text), "file:///in/");
        assert.equal(decodeURIComponent(pathname), `/in/${text}`);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(text, /[\x00-\x1f/\\:]|^\.{0,2}$|[. ]$/);
      }
      return hazard;
    },
    samples: ["a.txt", "../x", "C:\\x", "com1.txt", "a:b", "NUL ", "..."],
  },
  netrc: {
    read(text) {
      const entries = parseNetrc(text, "x");
      assert.deepEqual(parseNetrc(formatNetrc(entries)), entries);
      return entries;
    },
    samples: [
      'machine a login b password "c d" account e\n# f\ndefault user g',
      "macdef m\nput x\n\nmachine a\n",
      'machine "a\\"b" login #c password d # e\n',
    ],
  },
  Crc32: {
    // However the bytes are cut.
    read(text) {
      const bytes = new TextEncoder().encode(text);
      const [whole, pieces] = [new Crc32(), new Crc32()];
      whole.update(bytes);
      const random = new Random(text.length);
      for (let at = 0; at < bytes.length;) {
        const length = 1 + random.below(100);
        pieces.update(bytes.subarray(at, at + length));
        at += length;
      }
      assert.equal(pieces.hex(), whole.hex());
      return whole.value;
    },
    samples: ["123456789", "\0\0\0\0", "a".repeat(1_000)],
  },
};

/** Seeds that have found something once, or stand for a kind of input: always tried. */
const KEPT_SEEDS = withFailedSeeds([1, 2, 3, 20_261, 959, 3_659, 2_550_506_959, 3_124_576_684]);

/** How long all targets together are tried with new seeds, and the most for one text; milliseconds. */
const BUDGET = 60_000 / Object.keys(TARGETS).length;
const STUCK = 1_000;

for (const [name, target] of Object.entries(TARGETS)) {
  Deno.test(`${name}: a result or a typed error, the same twice, no larger than the text, soon`, () => {
    const end = performance.now() + BUDGET;
    for (const seed of KEPT_SEEDS) attempt(name, target, seed);
    const first = crypto.getRandomValues(new Uint32Array(1))[0]!;
    for (let seed = first; performance.now() < end; seed++) attempt(name, target, seed);
  });
}

function attempt(name: string, { read, samples }: Target, seed: number): void {
  const text = mutate(new Random(seed), samples);
  const start = performance.now();
  const result = outcome(read, text, `${name}, seed ${seed}`);
  const took = performance.now() - start;
  assert.ok(took < STUCK, `${name}, seed ${seed}: ${text.length} characters took ${took} ms`);
  const again = outcome(read, text, `${name}, seed ${seed}`);
  const shown = JSON.stringify(result, asObject) ?? "";
  assert.equal(JSON.stringify(again, asObject) ?? "", shown, `${name}, seed ${seed}`);
  // Names of fields, escapes, a line beside its parts, the same text in an error's message and line.
  const most = 12 * text.length + 600 * (1 + text.split("\n").length);
  assert.ok(shown.length <= most, `${name}, seed ${seed}: ${shown.length} of ${text.length}`);
}

function outcome(read: (text: string) => unknown, text: string, where: string): unknown {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof NetrcParseError) return { ...error, message: error.message };
    if (error instanceof ProtocolError && error.origin === "peer") {
      return { message: error.message };
    }
    throw new Error(`${where}, ${JSON.stringify(text.slice(0, 500))}`, { cause: error });
  }
}

function asObject(_: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

/** How many values each round trip is tried with. */
const RUNS = { numRuns: 20_000 };

const text = fc.string({ unit: fc.constantFrom(..."ab .;=\"'()|é/-> 1") });
const name = text.filter((each) => each !== "");
const date = fc.date({ min: new Date(0), max: NOW, noInvalidDate: true });

/** What a server writes with a formatter, and what a client makes of it. */
const ROUND_TRIPS: Readonly<Record<string, fc.IPropertyWithHooks<[unknown]>>> = {
  "227": fc.property(
    fc.tuple(fc.tuple(byte(), byte(), byte(), byte()), fc.integer({ min: 1, max: 65_535 })),
    ([numbers, port]) => {
      const hostname = numbers.join(".");
      assert.deepEqual(parse227(format227(hostname, port)), { hostname, port });
      assert.deepEqual(parseHostPort(formatHostPort({ hostname, port })), { hostname, port });
      assert.deepEqual(parseExtended(formatExtended({ hostname, port })), {
        family: 1,
        hostname,
        port,
      });
    },
  ),
  "229": fc.property(
    fc.integer({ min: 1, max: 65_535 }),
    (port) => assert.equal(parse229(format229(port)), port),
  ),
  // A quote that ends a word is how Pure-FTPd, which doubles none, ends its path.
  "257": fc.property(
    name,
    (path) =>
      assert.equal(
        parse257(format257(`/${path.replaceAll('"', "_")}`, "created")),
        `/${path.replaceAll('"', "_")}`,
      ),
  ),
  FEAT: fc.property(
    fc.dictionary(fc.stringMatching(/^[A-Z]{3,8}$/), fc.stringMatching(/^[a-z;*-]{0,9}$/)),
    (features) =>
      assert.deepEqual(
        Object.fromEntries(parseFeat(formatFeat(new Map(Object.entries(features))))),
        { ...features },
      ),
  ),
  MDTM: fc.property(date, (when) => assert.deepEqual(parseMdtm(formatMdtm(when)), when)),
  HASH: fc.property(
    fc.record({
      algorithm: fc.constantFrom<HashAlgorithm>("CRC32"),
      range: fc.record({ first: fc.nat(), last: fc.nat() }),
      hex: fc.stringMatching(/^[0-9a-f]{8}$/),
    }),
    ({ algorithm, range, hex }) => {
      const answer = { algorithm, range: { ...range }, hex };
      assert.deepEqual(parseHash(formatHash(answer, "a 1-2 3 b")), answer);
      assert.equal(parseHashOffer(formatHashOffer(["MD5", "CRC32"], "CRC32")).selected, "CRC32");
    },
  ),
  "LIST, MLSD": fc.property(
    fc.record({
      name: name.filter((each) => !/^\.+$/.test(each)),
      type: fc.constantFrom<EntryType>("file", "directory"),
      size: fc.nat(),
      modified: date,
      permissions: fc.integer({ min: 0, max: 0o7777 }),
      owner: fc.constantFrom("root", "0"),
      group: fc.constantFrom("wheel", "33"),
    }),
    (fields) => {
      const entry: Entry = { ...fields, facts: new Map() };
      const listed = new ListReader({ now: NOW }).push(formatUnixLine(entry, NOW));
      assert.ok(listed.kind === "entry");
      const { modified: _, precision: __, line: ___, facts: ____, ...rest } = listed.entry;
      const { modified, ...given } = fields;
      assert.deepEqual(rest, given);
      const { facts: _____, precision: ______, ...told } = parseFacts(formatFacts(entry));
      assert.deepEqual(told, { ...given, modified });
    },
  ),
};

for (const [what, property] of Object.entries(ROUND_TRIPS)) {
  Deno.test(`what a server writes for ${what} says to a client what it said`, () => {
    fc.assert(property as fc.IProperty<unknown>, RUNS);
  });
}

function byte(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 255 });
}
