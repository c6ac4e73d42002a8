/** The two sides of the page, signed out and signed in, and what they show. */

import { Countdown } from "./countdown.js";
import { showJson } from "./json-view.js";

export const at = (id) => document.getElementById(id);

const accessClock = new Countdown(at("access-clock"), at("access-countdown"), at("access-progress"));
const refreshClock = new Countdown(at("refresh-clock"), at("refresh-countdown"), at("refresh-progress"));

/**
 * Show what the server says of the tokens.
 * @param {{header: object, claims: object, encoded: string, refresh: object, now: number}} inside
 */
export function showTokens({ header, claims, encoded, refresh, now }) {
  accessClock.follow(claims, now);
  refreshClock.follow(refresh, now);
  showJson(at("access-header"), header);
  showJson(at("access-claims"), claims);
  showEncoded(encoded.split("."));
  showGeneration(claims.generation);
  at("session-id").textContent = claims.session_id;
}

function showEncoded(parts) {
  const nodes = parts.flatMap((part, index) => {
    const piece = document.createElement("span");
    piece.className = `encoded-${index}`;
    piece.textContent = part;
    return index ? [".", piece] : [piece];
  });
  at("access-encoded").replaceChildren(...nodes);
}

function showGeneration(generation) {
  const seal = at("generation");
  const text = String(generation);
  if (seal.textContent === text) return;
  seal.textContent = text;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  seal.animate(
    [{ transform: "scale(1.5) rotate(-14deg)", opacity: 0 }, { transform: "none", opacity: 1 }],
    { duration: 260, easing: "cubic-bezier(.2, .9, .3, 1)" },
  );
}

/** Let a control be used or not, without taking the keyboard's focus from it. */
export function setAvailable(control, available) {
  if (available) control.removeAttribute("aria-disabled");
  else control.setAttribute("aria-disabled", "true");
}

/** Mark the session as "live" or "ended". */
export function showSessionState(state) {
  at("session-state").dataset.state = state;
  at("session-state").textContent = state;
}

/** Show what a guarded route answered. */
export function showAnswer(kind, line, body) {
  at("answer-status").dataset.kind = kind;
  at("answer-status").textContent = line;
  at("answer").hidden = false;
  showJson(at("answer"), body);
}

/** Turn to the signed-in side. */
export function openSession(username) {
  at("session-user").textContent = username;
  at("signed-out").hidden = true;
  at("signed-in").hidden = false;
  showSessionState("live");
  at("session-title").focus();
}

/** Empty the signed-in side and turn to the sign-in form. */
export function closeSession() {
  accessClock.clear();
  refreshClock.clear();
  const shown = ["access-header", "access-claims", "access-encoded", "answer", "devices"];
  for (const id of [...shown, "generation", "session-id", "session-user"]) {
    at(id).replaceChildren();
  }
  at("answer").hidden = true;
  at("answer-status").textContent = "No call made yet.";
  delete at("answer-status").dataset.kind;
  wear("system");
  at("signed-in").hidden = true;
  at("signed-out").hidden = false;
  at("login-button").focus();
}

/** Put a theme on the page. */
export function wear(theme) {
  at("theme").value = theme;
  document.documentElement.dataset.theme = theme;
}

/** The theme the page has on. */
export function worn() {
  return document.documentElement.dataset.theme ?? "system";
}
