/** The page of the chat room: one WebSocket, from entering to leaving. */

const [enter, speak, talk, here, notice, name, text] = [
  "enter",
  "speak",
  "talk",
  "here",
  "notice",
  "name",
  "text",
].map((id) => document.getElementById(id));

let socket;
let myName = "";

enter.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket !== undefined) return;
  notice.textContent = "";
  myName = name.value.trim().normalize();
  socket = new WebSocket("socket");
  socket.onopen = () => socket.send(JSON.stringify({ name: myName }));
  socket.onmessage = ({ data }) => show(JSON.parse(data));
  socket.onclose = ({ reason }) => left(reason || "The connection is lost.");
});

speak.addEventListener("submit", (event) => {
  event.preventDefault();
  if (text.value.trim() === "") return;
  socket?.send(JSON.stringify({ text: text.value }));
  text.value = "";
});

function show(news) {
  if (news.kind === "said") {
    const isMine = news.name === myName;
    addLine(isMine ? "said mine" : "said", isMine ? "You" : news.name, news.text);
    return;
  }
  here.textContent = `Here: ${news.here.join(", ")}`;
  if (speak.hidden) inside(true);
  addLine("news", news.name, news.kind === "came" ? " has come in" : " has left");
}

function left(reason) {
  socket = undefined;
  here.textContent = "";
  notice.textContent = reason;
  inside(false);
}

function inside(isInside) {
  enter.hidden = isInside;
  speak.hidden = !isInside;
  (isInside ? text : name).focus();
}

/** Names and texts are only ever text here, whatever they look like. */
function addLine(kind, ...parts) {
  const line = document.createElement("li");
  line.className = kind;
  for (const part of parts) {
    // Writing that runs from right to left stays among itself.
    const piece = document.createElement("bdi");
    piece.textContent = part;
    line.append(piece);
  }
  const pane = talk.parentElement;
  const isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
  talk.append(line);
  while (talk.children.length > 500) talk.firstChild.remove();
  if (isAtEnd) pane.scrollTop = pane.scrollHeight;
}
