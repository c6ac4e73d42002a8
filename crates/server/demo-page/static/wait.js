/** How long there is to wait, for a person. */

const UNITS = [
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/**
 * A sentence such as “Try again in 4 minutes 7 seconds.”
 * @param {number} seconds
 */
export function waitInWords(seconds) {
  if (seconds <= 0) return "You can try again now.";
  let rest = seconds;
  const parts = UNITS.flatMap(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest %= length;
    return count ? [`${count} ${unit}${count === 1 ? "" : "s"}`] : [];
  });
  return `Try again in ${parts.join(" ")}.`;
}
