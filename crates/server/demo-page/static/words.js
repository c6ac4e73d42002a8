/** What each error code means to the person at the page. */

const WORDS = {
  invalid_credentials: "That username and password do not match an account.",
  invalid_challenge: "This sign-in took too long or was tried too often. Begin again.",
  invalid_request: "The server could not read what was sent.",
  unsupported_media_type: "The server only reads JSON here.",
  csrf_failed: "The server saw no proof that this page asked for that. Reload it.",
  missing_token: "You are signed out.",
  expired_token: "This token has expired: refresh, or sign in again.",
  invalid_token: "The server does not recognise this token.",
  invalid_token_type: "That is the wrong kind of token for this call.",
  invalid_user: "This account can no longer sign in.",
  session_not_found: "This session is no longer on the server.",
  session_expired: "This session has expired.",
  insufficient_scope: "This account may not do that.",
  login_required: "That was a while ago: sign in again to do this.",
  invalid_challenge: "That step is over. Sign in again from the start.",
  rate_limited: "Too many attempts. Wait a moment, then try again.",
  token_reuse_detected: "A spent refresh token was used again, which looks like theft.",
  rate_limited: "Too many attempts.",
  service_unavailable: "The server cannot answer right now.",
  no_answer: "The server did not answer. Is it running?",
  unexpected_answer: "The server answered in a way this page does not understand.",
};

// Those of a refresh: an access token that is over is refreshed before anybody hears of it.
const OVER = new Set([
  "expired_token",
  "invalid_token",
  "missing_token",
  "invalid_user",
  "session_not_found",
  "session_expired",
  "token_reuse_detected",
]);

/** The sentence for an error code. */
export function inWords(code) {
  return WORDS[code] ?? "The server refused.";
}

/** Whether an answer to this session's own token means the session is over. */
export function endsSession(error) {
  // A 404 speaks of another device's session, not of this one.
  return error.status === 401 && OVER.has(error.code);
}
