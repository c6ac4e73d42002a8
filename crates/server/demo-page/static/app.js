/** The page: what it holds, and what each control does. */

import { ApiError, call, refresh, send } from "./api.js";
import { askForCode, codeAnswer, noteRefusal, withdraw } from "./challenge.js";
import { showDevices } from "./devices.js";
import { hush, tell, tellError } from "./message.js";
import { hear, tellTabs } from "./tabs.js";
import {
  at,
  closeSession,
  openSession,
  setAvailable,
  showAnswer,
  showSessionState,
  showTokens,
  wear,
  worn,
} from "./view.js";
import { endsSession } from "./words.js";

// What the page knows of its session. No token is in it: those lie in cookies
// that no script can read.
let here = null;

/** Have the server say what is inside of the tokens, and show it. */
async function look() {
  const { body } = await call("GET", "inside/");
  const { generation } = body.claims;
  // The refresh token of another generation has been spent by a refresh of this session.
  const hasSpent = here?.hasSpent || generation > 1;
  here = { username: body.username, generation, hasSpent };
  showTokens(body);
  wear(body.theme);
  offerReplay();
}

function offerReplay() {
  setAvailable(at("replay-button"), Boolean(here?.hasSpent));
  at("replay-hint").hidden = Boolean(here?.hasSpent);
}

/** Show the sign-in form; the server has cleared the cookies. */
function leave() {
  here = null;
  closeSession();
}

/** Show what went wrong; a session that is over gets a way back in. */
function fail(error) {
  if (!(error instanceof ApiError)) {
    // A fault of this page: kept for the console, without stopping the queue.
    reportError(error);
    return;
  }
  if (!here || !endsSession(error)) {
    tellError(error);
    return;
  }
  showSessionState("ended");
  const again = document.createElement("button");
  again.id = "sign-in-again";
  again.type = "button";
  again.className = "small";
  again.textContent = "Sign in again";
  again.addEventListener("click", () => {
    leave();
    hush();
  });
  tellError(error, again);
}

let queue = Promise.resolve();

/**
 * Run an action on behalf of a control, after those already under way.
 *
 * In turn, so that what is shown last is what happened last. `aria-disabled` is
 * used because `disabled` would drop the keyboard's focus.
 */
function run(control, action) {
  if (control.getAttribute("aria-disabled") === "true") return;
  setAvailable(control, false);
  enqueue(async () => {
    try {
      // An earlier action may have signed the page out meanwhile.
      if (here || SIGNED_OUT.has(action)) await action();
    } finally {
      setAvailable(control, true);
      offerReplay();
    }
  });
}

function enqueue(action) {
  queue = queue.then(action).catch(fail);
}

async function logIn() {
  const username = at("username").value;
  const answer = await send("POST", "auth/login/", { username, password: at("password").value });
  await enter(answer, username);
}

/** Go in, or ask for what the server still wants. */
async function enter(answer, username) {
  if (answer.status === 202) {
    askForCode(answer.body, username);
    hush();
    return;
  }
  withdraw();
  await look();
  openSession(here.username);
  tell(`Signed in as ${here.username}.`);
  await loadDevices();
  tellTabs("in");
}

async function sendCode() {
  const { username, body } = codeAnswer();
  let answer;
  try {
    answer = await send("POST", "auth/login/challenge/", body);
  } catch (error) {
    noteRefusal(error);
    return;
  }
  await enter(answer, username);
}

async function backToPassword() {
  withdraw();
  hush();
  at("password").focus();
}

const SIGNED_OUT = new Set([logIn, sendCode, backToPassword]);

async function renew() {
  const before = here.generation;
  await refresh();
  await look();
  tell(`Refreshed: generation ${before} became ${here.generation}.`);
  await loadDevices();
}

async function replay() {
  await send("POST", "auth/replay/");
  await look();
  tell("The server accepted the spent token: it allows reuse, or allows it for a while.");
}

/** Call a guarded route and show its answer, refusals included. */
async function ask(path) {
  const began = performance.now();
  const show = (kind, status, body) => {
    const took = Math.round(performance.now() - began);
    showAnswer(kind, `GET /api/${path} answered ${status} in ${took} ms`, body);
  };
  try {
    const answer = await call("GET", path);
    show("done", answer.status, answer.body);
    // The access token may have been refreshed on the way.
    await look();
    tell(`The server accepted the token for /api/${path}.`);
  } catch (error) {
    if (error.status) show("error", error.status, { error_code: error.code, detail: error.detail });
    throw error;
  }
}

async function setTheme(theme) {
  try {
    await call("POST", "set-theme/", { theme });
  } catch (error) {
    wear(worn());
    throw error;
  }
  wear(theme);
  tell(`Stored in the session: theme “${theme}”.`);
}

async function loadDevices() {
  const answer = await call("GET", "auth/sessions/");
  showDevices(at("devices"), at("device-template"), answer.body, (device, button) =>
    run(button, () => endDevice(device)),
  );
}

async function endDevice(device) {
  try {
    await call("DELETE", `auth/sessions/${encodeURIComponent(device.id)}/`);
  } catch (error) {
    // Ended from elsewhere already: the list shown is out of date.
    if (error.status === 404) await loadDevices();
    throw error;
  }
  if (device.is_current) {
    leave();
    tell("This session has ended.");
    tellTabs("out");
    return;
  }
  tell("Ended that session: its tokens are refused from now on.");
  await loadDevices();
  // The button that had the focus is gone with its row.
  at("devices-title").focus();
}

async function logOut() {
  let outcome = "Logged out.";
  try {
    // The refresh token still names the session after the access token expired.
    await send("POST", "auth/logout/");
  } catch (error) {
    if (error.status !== 401) throw error;
    outcome = "Logged out here; on the server the session was already over.";
  }
  leave();
  tell(outcome);
  tellTabs("out");
}

async function logOutEverywhere() {
  await call("POST", "auth/logout/all/");
  leave();
  tell("Logged out on every device.");
  tellTabs("out");
}

async function logOutOthers() {
  await call("POST", "auth/logout/others/");
  tell("Every other device is logged out.");
  await loadDevices();
}

const CLICKS = {
  "refresh-button": renew,
  "replay-button": replay,
  "profile-button": () => ask("profile/"),
  "ping-button": () => ask("ping/"),
  "devices-button": async () => {
    await loadDevices();
    tell("Device list reloaded.");
  },
  "logout-button": logOut,
  "logout-all-button": logOutEverywhere,
  "logout-others-button": logOutOthers,
};

for (const [id, action] of Object.entries(CLICKS)) {
  at(id).addEventListener("click", () => run(at(id), action));
}
at("theme").addEventListener("change", () => {
  // As it was chosen: an action before it may put the old one on again.
  const theme = at("theme").value;
  run(at("theme"), () => setTheme(theme));
});
at("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(at("login-button"), logIn);
});

at("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(at("code-button"), sendCode);
});
at("code-back").addEventListener("click", () => run(at("code-back"), backToPassword));

/** Find out whether this browser is signed in: at the start, and when another tab says so. */
async function start() {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) {
      at("signed-out").hidden = false;
      throw error;
    }
    if (here) {
      leave();
      tell("Signed out in another tab.");
    }
    at("signed-out").hidden = false;
    return;
  }
  withdraw();
  openSession(here.username);
  await loadDevices();
}

hear(() => enqueue(start));
enqueue(start);
