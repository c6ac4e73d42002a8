// What docs/guides/websockets.md says of its module, against a real server.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const { open, openAndSay } = await import(pathToFileURL(`${process.cwd()}/socket.mjs`).href);
const { ADDRESS, TOKEN } = process.env;
const url = ADDRESS.replace("http:", "ws:");

const event = (socket, name) =>
  new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }));

for (const start of [open, openAndSay]) {
  const socket = start(url, TOKEN);
  const greeting = await event(socket, "message");
  assert.equal(greeting.data, "hello alice");
  assert.equal(socket.protocol, start === open ? "chat" : "");
  socket.close();
  await event(socket, "close");
}

const stranger = openAndSay(url, "x");
const { code, reason } = await event(stranger, "close");
assert.deepEqual([code, reason], [4401, "invalid_token"]);
