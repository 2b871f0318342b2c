/* Sends what is dropped to the studio, one part after the other, each when it is asked for.
 * What drops and parts are: ../dropping.py. How Streamlit talks to a frame of its page: its
 * documentation of custom components ("streamlit:" messages). */
"use strict";

const PART_BYTES = 4 * 1024 * 1024;
const PART_FILES = 250;
const SEND_AGAIN_MS = 30_000; // the studio was started anew and has not seen the part

const drops = []; // the first one is being sent
let told = { drop: "", received: 0, done: "" };
let again = 0;
let ready;
const rendered = new Promise((done) => (ready = done));

const byId = (id) => document.getElementById(id);

function tell(type, more) {
  window.parent.postMessage({ isStreamlitMessage: true, type: `streamlit:${type}`, ...more }, "*");
}

function say(text) {
  byId("state").textContent = text;
}

/* ---- what is dropped: {name, file}, the file null where it cannot be read ---- */

const named = (file) => ({ name: file.webkitRelativePath || file.name, file });

async function walk(entry) {
  const name = entry.fullPath.replace(/^\//, "");
  try {
    if (entry.isFile) {
      return [{ name, file: await new Promise((done, fail) => entry.file(done, fail)) }];
    }
    const reader = entry.createReader();
    const inside = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) break; // it gives a hundred at a time
      inside.push(...some);
    }
    return (await Promise.all(inside.map(walk))).flat();
  } catch {
    return [{ name, file: null }];
  }
}

async function add(found) {
  await rendered;
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  if (found.length > 0) {
    const size = found.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);
    const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    drops.push({ key, files: found, size, parts: divide(found), sending: -1 });
  }
  goOn();
}

function divide(files) {
  const parts = [];
  let part = [];
  let room = PART_BYTES;
  const close = () => {
    if (part.length > 0) parts.push(part);
    part = [];
    room = PART_BYTES;
  };
  for (const [index, { file }] of files.entries()) {
    const size = file?.size ?? 0;
    let offset = 0;
    do {
      const length = Math.min(size - offset, room);
      part.push({ index, offset, length });
      offset += length;
      room -= length;
      if (room === 0 || part.length === PART_FILES) close();
    } while (offset < size);
  }
  close();
  return parts;
}

/* ---- what is sent ---- */

function encode(head, contents) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const size = contents.reduce((sum, content) => sum + content.byteLength, 0);
  const message = new Uint8Array(4 + text.length + size);
  new DataView(message.buffer).setUint32(0, text.length, true);
  message.set(text, 4);
  let at = 4 + text.length;
  for (const content of contents) {
    message.set(new Uint8Array(content), at);
    at += content.byteLength;
  }
  return message;
}

function send(head, contents = []) {
  const usual = { part: 0, parts: 0, files: 0, size: 0, chunks: [] };
  tell("setComponentValue", { value: encode({ ...usual, ...head }, contents), dataType: "bytes" });
}

async function read(drop, piece) {
  const { name, file } = drop.files[piece.index];
  try {
    const content = await file.slice(piece.offset, piece.offset + piece.length).arrayBuffer();
    if (content.byteLength !== piece.length) throw new Error("it has changed");
    return [{ ...piece, name, broken: false }, content];
  } catch {
    return [{ ...piece, name, length: 0, broken: true }, new ArrayBuffer(0)];
  }
}

async function sendPart(drop, number) {
  drop.sending = number;
  const pieces = await Promise.all(drop.parts[number].map((piece) => read(drop, piece)));
  if (drops[0] !== drop || drop.sending !== number) return; // it took so long
  const { key, parts, files, size } = drop;
  const chunks = pieces.map(([chunk]) => chunk);
  const contents = pieces.map(([, content]) => content);
  const about = { part: number, parts: parts.length, files: files.length, size };
  send({ word: "part", drop: key, ...about, chunks }, contents);
  clearTimeout(again);
  again = setTimeout(() => {
    drop.sending = -1;
    goOn();
  }, SEND_AGAIN_MS);
}

function goOn() {
  if (drops.length > 0 && told.done === drops[0].key) {
    clearTimeout(again);
    drops.shift();
    if (drops.length === 0) send({ word: "rest", drop: "" });
  }
  const [drop] = drops;
  if (drop === undefined) {
    if (told.drop !== "") send({ word: "gone", drop: told.drop }); // of a page that was left
  } else {
    const wanted = told.drop === drop.key ? told.received : 0;
    if (wanted !== drop.sending) sendPart(drop, wanted);
  }
  show(drop);
}

function show(drop) {
  byId("progress").hidden = drop === undefined;
  if (drop === undefined) return say("");
  byId("progress").max = drop.parts.length;
  byId("progress").value = told.drop === drop.key ? told.received : 0;
  const count = drop.files.length;
  return say(count === 1 ? "1 file is coming." : `${count.toLocaleString("en")} files are coming.`);
}

/* ---- what the studio says ---- */

function dress(theme) {
  const style = document.documentElement.style;
  style.setProperty("--primary", theme.primaryColor);
  style.setProperty("--background", theme.backgroundColor);
  style.setProperty("--zone", theme.secondaryBackgroundColor);
  style.setProperty("--text", theme.textColor);
  style.setProperty("--font", theme.font);
}

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || event.data.type !== "streamlit:render") return;
  if (event.data.theme) dress(event.data.theme);
  told = event.data.args;
  ready();
  goOn();
});

/* ---- hands ---- */

for (const which of ["files", "folder"]) {
  const input = byId(which);
  byId(`choose-${which}`).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const chosen = [...input.files].map(named);
    input.value = ""; // the same ones can be chosen again
    add(chosen);
  });
}

const zone = byId("zone");
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
document.addEventListener("dragleave", () => zone.classList.remove("over"));
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  const files = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  // both are gone after the first await
  const entries = files.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  say("Looking into it…");
  const found = entries
    .filter((entry) => entry !== null)
    .map((entry) => (entry instanceof File ? [named(entry)] : walk(entry)));
  add((await Promise.all(found)).flat());
});

new ResizeObserver(() => {
  tell("setFrameHeight", { height: document.documentElement.offsetHeight });
}).observe(document.body);
tell("componentReady", { apiVersion: 1 });
