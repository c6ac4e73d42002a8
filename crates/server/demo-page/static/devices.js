/** The list of devices signed in. */

import { spell } from "./moment.js";

function nameOf({ device, user_agent: agent }) {
  // The server knows browsers and systems; a program names itself with its first word.
  return device || agent?.split(/[\s/]/, 1)[0] || "Unknown device";
}

function fillTime(element, iso) {
  element.dateTime = iso;
  element.textContent = spell(new Date(iso));
}

function row(template, device, onEnd) {
  const item = template.content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(name);
  const name = nameOf(device);

  item.dataset.sessionId = device.id;
  part(".device-name").textContent = name;
  part(".device-current").hidden = !device.is_current;
  part(".device-ip").textContent = device.ip_address ?? "unknown";
  part(".device-agent").textContent = device.user_agent ?? "";
  fillTime(part(".device-created"), device.created_at);
  fillTime(part(".device-active"), device.last_activity_at);
  if (device.is_current) item.setAttribute("aria-current", "true");

  const button = part(".end-session");
  const which = device.is_current ? "this page" : `${name}, ${device.id}`;
  button.setAttribute("aria-label", `End session of ${which}`);
  button.addEventListener("click", () => onEnd(device, button));
  return item;
}

/**
 * Show the devices, the current one first.
 * @param {HTMLElement} list
 * @param {HTMLTemplateElement} template
 * @param {object[]} devices as `GET sessions/` answers them
 * @param {(device: object, button: HTMLButtonElement) => void} onEnd
 */
export function showDevices(list, template, devices, onEnd) {
  const ordered = [...devices].sort(
    (one, other) =>
      Number(other.is_current) - Number(one.is_current) ||
      new Date(other.last_activity_at) - new Date(one.last_activity_at),
  );
  list.replaceChildren(...ordered.map((device) => row(template, device, onEnd)));
}
