/** What the tabs of this browser tell each other: that somebody has signed in or out. */

const channel = new BroadcastChannel("tegata-demo");

/**
 * Tell the other tabs, which have the same cookies.
 * @param {"in" | "out"} what
 */
export function tellTabs(what) {
  channel.postMessage(what);
}

/** Call a function whenever another tab tells something. */
export function hear(told) {
  channel.addEventListener("message", () => told());
}
