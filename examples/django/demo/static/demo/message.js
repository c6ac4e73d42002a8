/** The line that tells what happened, read out by screen readers. */

import { inWords } from "./words.js";

const box = document.getElementById("message");

function line(kind, text) {
  const element = document.createElement("p");
  element.className = kind;
  element.textContent = text;
  return element;
}

function show(kind, ...nodes) {
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
  show("error", said, ...(remedy ? [remedy] : []));
}

/** Say nothing. */
export function hush() {
  box.removeAttribute("data-kind");
  box.replaceChildren();
}
