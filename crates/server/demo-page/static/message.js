/** The line that tells what happened, read out by screen readers. */

import { waitInWords } from "./wait.js";
import { inWords } from "./words.js";

const box = document.getElementById("message");
let waiting = null;

function line(kind, text) {
  const element = document.createElement("p");
  element.className = kind;
  element.textContent = text;
  return element;
}

function show(kind, ...nodes) {
  clearInterval(waiting);
  box.dataset.kind = kind;
  box.replaceChildren(...nodes);
}

/** Say that something went well. */
export function tell(text) {
  show("done", line("message-text", text));
}

/**
 * Say what the server refused.
 * @param {import("./api.js").ApiError} error
 * @param {HTMLElement} [remedy] a control that helps
 * @param {string} [words] what it means here, if not what it always does
 */
export function tellError(error, remedy, words = inWords(error.code)) {
  const fine = [error.status || "", error.code, error.detail].filter(Boolean);
  const said = document.createElement("div");
  said.className = "message-said";
  said.append(
    line("message-text", words),
    line("message-detail", fine.join(" · ")),
  );
  const wait = error.retryAfter && countDown(said, error.retryAfter);
  show("error", said, ...(remedy ? [remedy] : []));
  wait?.();
}

/**
 * Add how long to wait, which goes down by the second.
 * @returns {() => void} begins the counting
 */
function countDown(said, seconds) {
  const opens = Date.now() + seconds * 1000;
  const left = () => Math.max(0, Math.ceil((opens - Date.now()) / 1000));
  const element = line("message-wait", waitInWords(seconds));
  // Read out once, not at every second.
  element.setAttribute("aria-live", "off");
  said.append(element);
  return () => {
    waiting = setInterval(() => {
      element.textContent = waitInWords(left());
      if (!left()) clearInterval(waiting);
    }, 500);
  };
}

/** Say nothing. */
export function hush() {
  clearInterval(waiting);
  box.removeAttribute("data-kind");
  box.replaceChildren();
}
