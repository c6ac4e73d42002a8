/** Pretty-printed JSON whose text stays exact JSON. */

import { spell } from "./moment.js";

const PIECE = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;
const MOMENTS = new Set(["exp", "iat", "nbf", "auth_time"]);

function span(kind, text) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  return element;
}

/**
 * Show a value in an element as indented JSON.
 * @param {HTMLElement} element
 * @param {unknown} value
 */
export function showJson(element, value) {
  const text = JSON.stringify(value, null, 2);
  const nodes = [];
  let end = 0;
  let key = "";
  for (const match of text.matchAll(PIECE)) {
    const [whole, string, colon, number] = match;
    nodes.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (string && colon) {
      key = JSON.parse(string);
      nodes.push(span("json-key", string), colon);
    } else if (string) {
      nodes.push(span("json-string", string));
    } else if (number) {
      const piece = span("json-number", number);
      // Drawn by the style sheet, so that copying the text still gives JSON.
      if (MOMENTS.has(key)) piece.dataset.note = spell(new Date(Number(number) * 1000));
      nodes.push(piece);
    } else {
      nodes.push(span("json-word", whole));
    }
  }
  nodes.push(text.slice(end));
  element.replaceChildren(...nodes);
}
