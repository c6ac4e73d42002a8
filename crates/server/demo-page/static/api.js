/**
 * Calls to the API, with every failure turned into one kind of error.
 *
 * The tokens lie in cookies that the browser sends along and no script can read. What a page has to
 * bring itself is the CSRF token, which says that it is a page of this site that asks.
 */

const ROOT = "/api/";
// What a call is told while the refresh token may still be good.
const REFRESHABLE = new Set(["expired_token", "missing_token"]);

let csrfToken = null;
let refreshing = null;

/** A call that did not succeed, as the server (or the lack of one) put it. */
export class ApiError extends Error {
  constructor(status, code, detail, retryAfter = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    /** Seconds until the server wants to hear of this again, if it said so. */
    this.retryAfter = retryAfter;
  }
}

/**
 * Call the API; if the access token has run out, refresh it and call once more.
 * @param {string} method
 * @param {string} path below `/api/`
 * @param {object} [body]
 * @returns {Promise<{status: number, body: unknown}>}
 */
export async function call(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (error) {
    if (error.status !== 401 || !REFRESHABLE.has(error.code)) throw error;
    await refresh();
    return await send(method, path, body);
  }
}

/**
 * Have the cookies renewed. Calls that need it at once share one refresh. Another tab may refresh at
 * the same moment with the same cookie: the server knows that from theft, and gives both the same.
 */
export function refresh() {
  refreshing ??= send("POST", "auth/refresh/").finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** As `call`, with no second try: for what is no view behind an access token. */
export async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = await proof();
  if (body) headers["Content-Type"] = "application/json";

  let response;
  let text;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
    });
    text = await response.text();
  } catch {
    throw new ApiError(0, "no_answer", "");
  }

  const answer = parse(text);
  // Somebody has cleared the cookies of this site: the next call asks for a new one.
  if (answer?.error_code === "csrf_failed") csrfToken = null;
  if (!response.ok) {
    throw new ApiError(
      response.status,
      answer?.error_code ?? "unexpected_answer",
      asText(answer?.detail),
      Number(response.headers.get("Retry-After")) || null,
    );
  }
  return { status: response.status, body: answer };
}

async function proof() {
  csrfToken ??= (await send("GET", "auth/csrf/")).body.csrf_token;
  return csrfToken;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function asText(detail) {
  if (detail === undefined || detail === null) return "";
  return typeof detail === "string" ? detail : JSON.stringify(detail);
}
