// What docs/guides/clients.md says of its module, against a real server whose access tokens live for
// four seconds. Run in the folder of `client.mjs`.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const module = pathToFileURL(`${process.cwd()}/client.mjs`).href;
// A module that is imported under another address is another tab.
const tab = await import(module);
const otherTab = await import(`${module}?other`);

const reallyFetch = globalThis.fetch;
let refreshes = 0;
let answersToLose = 0;

globalThis.fetch = async (url, options) => {
  const response = await reallyFetch(url, options);
  if (url.endsWith("/auth/refresh/")) {
    refreshes += 1;
    if (answersToLose > 0) {
      answersToLose -= 1;
      throw new TypeError("the answer was lost");
    }
  }
  return response;
};

const PASSWORD = process.env.PASSWORD;
const ok = async (asked) => assert.equal((await asked).status, 200);
const expire = () => new Promise((resolve) => setTimeout(resolve, 4100));
const isLoggedOut = (code) => (error) => error instanceof tab.LoggedOut && error.message === code;

await assert.rejects(tab.logIn("alice", "a guess"), isLoggedOut("invalid_credentials"));
await assert.rejects(tab.call("profile/"), isLoggedOut("missing_token"));

await tab.logIn("alice", PASSWORD);
await ok(tab.call("profile/"));
assert.equal(refreshes, 0);

// An expired token: one refresh for all the requests that wait for it.
await expire();
await Promise.all([ok(tab.call("profile/")), ok(tab.call("profile/"))]);
assert.equal(refreshes, 1);

// A lost answer: the same refresh token goes out again.
answersToLose = 2;
await tab.refresh();
assert.equal(refreshes, 4);
await ok(tab.call("profile/"));

// A second tab, and both at the same moment.
await Promise.all([tab.refresh(), otherTab.refresh()]);
await Promise.all([ok(tab.call("profile/")), ok(otherTab.call("profile/"))]);
await expire();
await Promise.all([ok(tab.call("profile/")), ok(otherTab.call("profile/"))]);

// Logging out of one tab is felt in the other.
await tab.logOut();
await assert.rejects(otherTab.call("profile/"), otherTab.LoggedOut);
assert.equal(localStorage.getItem("refresh_token"), null);
