// What docs/guides/browsers.md says of its module, against a real server. Node has no cookies, so this
// is what a browser does with them. Run in the folder of `page.mjs`, with the server's address.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const [, , origin] = process.argv;
const jar = new Map();
const reallyFetch = globalThis.fetch;
const asked = [];

globalThis.fetch = async (url, options) => {
  const { pathname } = new URL(url);
  asked.push(`${options.method} ${pathname}`);
  const sent = [...jar].filter(([, cookie]) => pathname.startsWith(cookie.path));
  const headers = {
    ...options.headers,
    Cookie: sent.map(([name, cookie]) => `${name}=${cookie.value}`).join("; "),
    Origin: origin,
  };
  const answer = await reallyFetch(url, { ...options, headers });
  for (const line of answer.headers.getSetCookie()) keep(line);
  return answer;
};

function keep(line) {
  const [pair, ...rest] = line.split("; ");
  const attributes = Object.fromEntries(rest.map((each) => each.toLowerCase().split("=")));
  const [name, value] = pair.split("=");
  if (attributes["max-age"] === "0") jar.delete(name);
  else jar.set(name, { value, path: attributes.path });
}

const module = pathToFileURL(`${process.cwd()}/page.mjs`).href;
const tab = await import(module);
const otherTab = await import(`${module}?other`);
const status = async (answer) => (await answer).status;
const refreshes = () => asked.filter((each) => each.endsWith("/auth/refresh/")).length;

await assert.rejects(tab.logIn("alice", "a guess"), { message: "invalid_credentials" });
assert.equal(await status(tab.call("GET", "profile/")), 401);
await tab.logIn("alice", "correct horse battery staple");
assert.deepEqual([...jar.keys()].sort(), ["access_token", "csrftoken", "refresh_token"]);
assert.equal(await status(tab.call("GET", "profile/")), 200);

// A cookie that has expired is gone. One refresh for all calls that wait for it.
jar.delete("access_token");
let before = refreshes();
const calls = [tab.call("GET", "profile/"), tab.call("GET", "auth/sessions/")];
assert.deepEqual(await Promise.all(calls.map(status)), [200, 200]);
assert.equal(refreshes(), before + 1);

// Two tabs at the same moment.
jar.delete("access_token");
const tabs = [tab.call("GET", "profile/"), otherTab.call("GET", "profile/")];
assert.deepEqual(await Promise.all(tabs.map(status)), [200, 200]);
assert.equal(await status(tab.call("GET", "profile/")), 200);

// A logout in one is felt in the other.
assert.equal(await status(tab.logOut()), 200);
assert.deepEqual([...jar.keys()], ["csrftoken"]);
assert.equal(await status(otherTab.call("GET", "profile/")), 401);
