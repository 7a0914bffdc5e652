import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { formatNetrc, NetrcParseError, parseNetrc } from "../../../protocols/text/netrc.ts";

/** `host: login/account/password`, one a line. */
function read(text: string): string {
  return [...parseNetrc(text).hosts]
    .map(([host, { login, account, password }]) => `${host}: ${login}/${account}/${password}`)
    .join("\n");
}

function refused(text: string, lineno?: number): void {
  assert.throws(() => parseNetrc(text, "x.netrc"), (error) => {
    assert.ok(error instanceof NetrcParseError, text);
    assert.equal(error.filename, "x.netrc");
    if (lineno !== undefined) assert.equal(error.lineno, lineno, text);
    assert.match(error.message, /\(x\.netrc, line \d+\)$/);
    return true;
  });
}

// The behaviours are those of Python's test_netrc.py, by the names there.
Deno.test("the fields of an entry stand in any order (test_toplevel_non_ordered_tokens)", () => {
  assert.equal(
    read(
      "machine a.example password p login l account a\n" +
        "default account a2 user l2 password p2\n",
    ),
    "a.example: l/a/p\ndefault: l2/a2/p2",
  );
  // All on one line, or each on its own; with other line ends.
  for (const end of ["\n", "\r\n", "\r", " ", "\t"]) {
    const words = ["machine", "a", "login", "l", "password", "p", "machine", "b", "login", "m"];
    assert.equal(read(words.join(end)), "a: l//p\nb: m//", JSON.stringify(end));
  }
  assert.equal(read("machine a login l machine a login m"), "a: m//", "the last one counts");
});

Deno.test("a macro ends with an empty line (test_macros)", () => {
  const text = "macdef one\nline 1\n  line 2\n\nmacdef two\n# no comment\n\nmachine a\n";
  const { macros, hosts } = parseNetrc(text);
  assert.deepEqual([...macros], [["one", ["line 1\n", "  line 2\n"]], ["two", ["# no comment\n"]]]);
  assert.deepEqual([...hosts.keys()], ["a"]);
  refused("macdef one\nline 1\n");
  refused("macdef one");
});

Deno.test("what is not said is empty (test_optional_tokens)", () => {
  for (
    const fields of [
      ...["", " login", " account", " password", ' login "" account', ' login "" password'],
      ' account "" password',
    ]
  ) {
    assert.equal(read(`machine a${fields}`), "a: //", fields);
    assert.equal(read(`default${fields}`), "default: //", fields);
  }
  assert.equal(read(""), "");
});

Deno.test("other words are refused, with their line, and not repeated (test_invalid_tokens)", () => {
  refused("invalid a", 1);
  refused("\nmachine a invalid", 2);
  refused("machine a login l\npassword p account c\ninvalid", 3);
  refused("machine a login l\npassword p account c\ninvalid\n\n", 3);
  refused("default a invalid", 1);
  refused("machine", 1);
  refused("constructor", 1);
  refused("machine a toString x", 1);
  assert.throws(() => parseNetrc("machine a password my secret"), (error) => {
    assert.doesNotMatch(String(error), /secret|my/);
    return true;
  });
});

Deno.test("words stand between quotes, and backslashes take what follows (test_token_value_…)", () => {
  const words: [string, string][] = [
    ['"log"', "log"],
    ['"lo g"', "lo g"],
    ['\\"log', '"log'],
    ['"\\"log"', '"log'],
    ["lo\\ g", "lo g"],
    ["lo\\\\g", "lo\\g"],
    ['lo"g', 'lo"g'],
    ["\u00a1\u00a2", "\u00a1\u00a2"],
    ["#log", "#log"],
    ["log#", "log#"],
    ["lo#g", "lo#g"],
    ['"machine"', "machine"],
    ["machine", "machine"],
  ];
  for (const [word, value] of words) {
    for (const [field, says] of [["login", `${value}//p`], ["account", `/${value}/p`]] as const) {
      assert.equal(read(`machine a ${field} ${word} password p`), `a: ${says}`, word);
    }
    assert.equal(read(`machine a password ${word}\nmachine b`), `a: //${value}\nb: //`, word);
  }
  assert.equal(read('machine a password "open'), "a: //open");
  assert.equal(read("machine a password end\\"), "a: //end");
  // What follows a closing quote is the next word.
  assert.equal(read('machine a login "l"password p'), "a: l//p");
});

Deno.test("comments stand where a keyword could (test_comment_…)", () => {
  const foo = "machine foo login bar password pass";
  const bar = "machine bar login foo password pass";
  for (const comment of ["# comment", "#comment", "#", "#comment of many words", "# password x"]) {
    for (
      const text of [
        `${comment}\n${foo}\n${bar}\n`,
        `\n\n${comment}\n${foo}\n\n\n${comment}\n${bar}\n`,
        `${foo}\n${comment}\n${bar}\n`,
        `${foo}\n${bar}\n${comment}\n`,
        `${foo} ${comment}\n${bar}\n`,
        `${foo}\n${bar} ${comment}`,
      ]
    ) {
      assert.equal(read(text), "foo: bar//pass\nbar: foo//pass", text);
    }
  }
  assert.equal(read("machine a password #pass #comment\nmachine b"), "a: //#pass\nb: //");
});

Deno.test("parseNetrc reads what formatNetrc writes", () => {
  const word = fc.string({ unit: fc.constantFrom(...'a \t\n\r"\\#é=') });
  const host = word.filter((text) => text !== "" && text !== "default");
  const line = fc.string({ unit: fc.constantFrom(...'a #"\\'), minLength: 1 });
  const entries = fc.record({
    hosts: fc.array(fc.tuple(
      fc.oneof(host, fc.constant("default")),
      fc.record({ login: word, account: word, password: word }),
    )),
    macros: fc.array(
      fc.tuple(fc.string({ unit: fc.constantFrom(...'a "#\\') }), fc.array(line)),
    ),
  });
  fc.assert(fc.property(entries, ({ hosts, macros }) => {
    // Line ends are one character to a reader, however they were written.
    const clean = (text: string) => text.replace(/\r\n?/g, "\n");
    const given = {
      hosts: new Map(hosts.map(([name, { login, account, password }]) => [clean(name), {
        login: clean(login),
        account: clean(account),
        password: clean(password),
      }])),
      macros: new Map(macros.map(([name, lines]) => [name, lines.map((text) => `${text}\n`)])),
    };
    assert.deepEqual(parseNetrc(formatNetrc(given)), given);
  }));
});

Deno.test("a macro without a name is written with its quotes, and keeps its first line", () => {
  for (const lines of [[], ["put x\n"], ["put x\n", "quit\n"], [" \n", '"\n']]) {
    const given = { hosts: new Map(), macros: new Map([["", lines], ["next", ["quit\n"]]]) };
    assert.deepEqual(parseNetrc(formatNetrc(given)), given, JSON.stringify(lines));
  }
});

Deno.test("a megabyte of anything is read once", () => {
  for (const unit of [" ", "\n", "a", "a ", '"', "\\", "#", "# a\n", "machine a\n", "macdef a\n"]) {
    try {
      parseNetrc(unit.repeat(1_000_000 / unit.length));
    } catch (error) {
      assert.ok(error instanceof NetrcParseError);
    }
  }
});
