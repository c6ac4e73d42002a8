/** Countdowns that follow the server's clock. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const pad = (number) => String(number).padStart(2, "0");

function spell(seconds) {
  if (seconds <= 0) return "expired";
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  const tail = pad(seconds % MINUTE);
  if (days) return `${days}d ${pad(hours)}:${pad(minutes)}:${tail}`;
  if (hours) return `${hours}:${pad(minutes)}:${tail}`;
  return `${minutes}:${tail}`;
}

/** One countdown: a clock face and a bar under it. */
export class Countdown {
  #box;
  #face;
  #bar;
  #claims = null;
  #ahead = 0;

  constructor(box, face, bar) {
    this.#box = box;
    this.#face = face;
    this.#bar = bar;
    setInterval(() => this.#tick(), 250);
  }

  /**
   * Count down to the expiry in these claims.
   * @param {{iat: number, exp: number}} claims
   * @param {number} now the server's time, which alone decides on expiry
   */
  follow(claims, now) {
    this.#claims = claims;
    this.#ahead = Date.now() / 1000 - now;
    this.#tick();
  }

  /** Stop counting and clear the face. */
  clear() {
    this.#claims = null;
    this.#face.textContent = "";
  }

  #tick() {
    if (!this.#claims) return;
    const { exp, iat } = this.#claims;
    const left = Math.ceil(exp - (Date.now() / 1000 - this.#ahead));
    const text = spell(left);
    if (this.#face.textContent !== text) this.#face.textContent = text;
    this.#bar.value = Math.max(0, left / (exp - iat));
    this.#box.dataset.state = left <= 0 ? "expired" : left < MINUTE ? "ending" : "live";
  }
}
