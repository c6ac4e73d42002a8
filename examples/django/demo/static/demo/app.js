/** The page: what it holds, and what each control does. */

import { ApiError, call } from "./api.js";
import { askForCode, codeAnswer, noteRefusal, withdraw } from "./challenge.js";
import { showDevices } from "./devices.js";
import { hush, tell, tellError } from "./message.js";
import { decode } from "./token.js";
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

// A variable and nothing else: storage would outlive the page and be readable
// by any script that ever runs on this site.
let held = null;

/** Take a pair the server has just issued, and show it. */
function adopt(pair) {
  held = {
    access: pair.access_token,
    refresh: pair.refresh_token ?? held?.refresh,
    // With rotation off no new refresh token comes, and the old one is not spent.
    spent: pair.refresh_token ? held?.refresh : held?.spent,
    generation: decode(pair.access_token).claims.generation,
  };
  showTokens(decode(pair.access_token), pair.refresh_token && decode(pair.refresh_token));
  offerReplay();
}

function offerReplay() {
  setAvailable(at("replay-button"), Boolean(held?.spent));
  at("replay-hint").hidden = Boolean(held?.spent);
}

/** Forget the tokens and show the sign-in form. */
function leave() {
  held = null;
  closeSession();
}

/** Show what went wrong; a session that is over gets a way back in. */
function fail(error) {
  if (!(error instanceof ApiError)) {
    // A fault of this page: kept for the console, without stopping the queue.
    reportError(error);
    return;
  }
  if (!held || !endsSession(error)) {
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
 * In turn, because two refreshes at once would send one refresh token twice,
 * which the server must take for theft. `aria-disabled` is used because
 * `disabled` would drop the keyboard's focus.
 */
function run(control, action) {
  if (control.getAttribute("aria-disabled") === "true") return;
  setAvailable(control, false);
  queue = queue.then(async () => {
    try {
      // An earlier action may have signed the page out meanwhile.
      if (held || SIGNED_OUT.has(action)) await action();
    } catch (error) {
      fail(error);
    } finally {
      setAvailable(control, true);
      offerReplay();
    }
  });
}

async function logIn() {
  const username = at("username").value;
  const answer = await call("POST", "auth/login/", {
    body: { username, password: at("password").value },
  });
  await enter(answer, username);
}

/** Go in with tokens, or ask for what the server still wants. */
async function enter(answer, username) {
  if (answer.status === 202) {
    askForCode(answer.body, username);
    hush();
    return;
  }
  withdraw();
  adopt(answer.body);
  openSession(username);
  tell(`Signed in as ${username}.`);
  await loadDevices();
}

async function sendCode() {
  const { username, body } = codeAnswer();
  let answer;
  try {
    answer = await call("POST", "auth/login/challenge/", { body });
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

async function refresh() {
  const before = held.generation;
  const answer = await call("POST", "auth/refresh/", { body: { refresh_token: held.refresh } });
  adopt(answer.body);
  tell(`Refreshed: generation ${before} became ${held.generation}.`);
  await loadDevices();
}

async function replay() {
  const answer = await call("POST", "auth/refresh/", { body: { refresh_token: held.spent } });
  adopt(answer.body);
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
    const answer = await call("GET", path, { token: held.access });
    show("done", answer.status, answer.body);
    tell(`The server accepted the token for /api/${path}.`);
  } catch (error) {
    if (error.status) show("error", error.status, { error_code: error.code, detail: error.detail });
    throw error;
  }
}

async function setTheme() {
  const theme = at("theme").value;
  try {
    await call("POST", "set-theme/", { token: held.access, body: { theme } });
  } catch (error) {
    wear(worn());
    throw error;
  }
  wear(theme);
  tell(`Stored in the session: theme “${theme}”.`);
}

async function loadDevices() {
  const answer = await call("GET", "auth/sessions/", { token: held.access });
  showDevices(at("devices"), at("device-template"), answer.body, (device, button) =>
    run(button, () => endDevice(device)),
  );
}

async function endDevice(device) {
  try {
    await call("DELETE", `auth/sessions/${encodeURIComponent(device.id)}/`, { token: held.access });
  } catch (error) {
    // Ended from elsewhere already: the list shown is out of date.
    if (error.status === 404) await loadDevices();
    throw error;
  }
  if (device.is_current) {
    leave();
    tell("This session has ended.");
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
    await call("POST", "auth/logout/", { body: { refresh_token: held.refresh } });
  } catch (error) {
    if (error.status !== 401) throw error;
    outcome = "Logged out here; on the server the session was already over.";
  }
  leave();
  tell(outcome);
}

async function logOutEverywhere() {
  await call("POST", "auth/logout/all/", { token: held.access });
  leave();
  tell("Logged out on every device.");
}

async function logOutOthers() {
  await call("POST", "auth/logout/others/", { token: held.access });
  tell("Every other device is logged out.");
  await loadDevices();
}

const CLICKS = {
  "refresh-button": refresh,
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
at("theme").addEventListener("change", () => run(at("theme"), setTheme));
at("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(at("login-button"), logIn);
});

at("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(at("code-button"), sendCode);
});
at("code-back").addEventListener("click", () => run(at("code-back"), backToPassword));

at("signed-out").hidden = false;
