/** Points in time, spelled as short as they can be understood. */

/**
 * Spell a date; one of today by its time alone.
 * @param {Date} date
 * @returns {string}
 */
export function spell(date) {
  if (date.toDateString() === new Date().toDateString()) return date.toLocaleTimeString();
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
