/** The page of the tester: asks at every keystroke, and shows the answer to the last question. */

const [pattern, flags, text, shown, status, matches, examples] = [
  "pattern",
  "flags",
  "text",
  "shown",
  "status",
  "matches",
  "examples",
].map((id) => document.getElementById(id));

const EXAMPLES = {
  "Words": ["\\w+", "", "One, two, three tulips."],
  "Addresses": [
    "(\\w+)@([\\w.]+\\w)",
    "",
    "Write to ann@tulip.example,\nor to bob@spring.example.",
  ],
  "A trap": ["(a+)+$", "", `${"a".repeat(40)}!`],
};

const MAX_LISTED = 50;
/** The number of the last question, and whether its answer is still to come. */
let asked = 0;
let isWaiting = false;
/** What is marked. */
let marked = { text: "", matches: [] };

const socket = new WebSocket("socket");
socket.onopen = ask;
socket.onmessage = ({ data }) => {
  const answer = JSON.parse(data);
  if (isWaiting && answer.id === asked) show(answer);
};
socket.onclose = ({ reason }) => {
  isWaiting = false;
  say(`${reason || "The connection is lost."} Load the page again to go on.`, "wrong");
};

for (const input of [pattern, flags, text]) input.addEventListener("input", ask);
for (const [name, values] of Object.entries(EXAMPLES)) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", () => fill(values));
  examples.append(button);
}
fill(EXAMPLES.Addresses);

function fill(values) {
  [pattern.value, flags.value, text.value] = values;
  ask();
}

function ask() {
  keepMarks();
  if (socket.readyState !== WebSocket.OPEN) return;
  const id = ++asked;
  isWaiting = true;
  const question = { id, pattern: pattern.value, flags: flags.value, text: text.value };
  socket.send(JSON.stringify(question));
  setTimeout(() => isWaiting && asked === id && say("Looking for matches …"), 200);
}

function show({ error, matches: found = [], isAll }) {
  isWaiting = false;
  mark(text.value, found);
  list(found);
  if (error !== undefined) return say(error, "wrong");
  const count = isAll ? found.length : `The first ${found.length}`;
  say(found.length === 0 ? "No match" : `${count} ${count === 1 ? "match" : "matches"}`);
}

function say(words, kind = "") {
  status.textContent = words;
  status.className = kind;
}

/** Until the answer is there, marks stay as far as the text is what it was. */
function keepMarks() {
  let same = 0;
  while (same < text.value.length && text.value[same] === marked.text[same]) same++;
  mark(text.value, marked.matches.filter(({ end }) => end <= same));
}

function mark(words, found) {
  marked = { text: words, matches: found };
  let done = 0;
  shown.textContent = "";
  for (const { start, end } of found) {
    shown.append(words.slice(done, start), element("mark", words.slice(start, end)));
    done = end;
  }
  // A line end at the very end would be no line of its own.
  shown.append(words.slice(done), "\u200b");
}

function list(found) {
  matches.textContent = "";
  for (const { start, end, groups } of found.slice(0, MAX_LISTED)) {
    const line = element("li", `${start}–${end} `);
    line.append(element("strong", text.value.slice(start, end) || "(nothing)"));
    groups.forEach((group, n) => line.append(element("small", ` $${n + 1}: `), group ?? "–"));
    matches.append(line);
  }
  const left = found.length - MAX_LISTED;
  if (left > 0) matches.append(element("li", `… and ${left} more`));
}

function element(name, words) {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}
