/** Calls to the API, with every failure turned into one kind of error. */

const ROOT = "/api/";

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
 * Call the API.
 * @param {string} method
 * @param {string} path below `/api/`
 * @param {{token?: string, body?: object}} options
 * @returns {Promise<{status: number, body: unknown}>}
 */
export async function call(method, path, { token, body } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";

  let response;
  let text;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      // The admin's cookie must not decide anything here: the token alone does.
      credentials: "omit",
    });
    text = await response.text();
  } catch {
    throw new ApiError(0, "no_answer", "");
  }

  const answer = parse(text);
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
