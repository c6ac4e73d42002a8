/** Between the password and the tokens: the form that asks for a one-time code. */

import { tellError } from "./message.js";
import { at } from "./view.js";

// The login that waits for its code; its token is good once and for minutes.
let pending = null;

/** Turn the sign-in form into the question for the code. */
export function askForCode(challenge, username) {
  pending = { token: challenge.challenge_token, username };
  const minutes = Math.round(challenge.expires_in / 60);
  at("code-user").textContent = username;
  at("code-minutes").textContent = `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  at("code").value = "";
  at("login-form").hidden = true;
  at("code-form").hidden = false;
  at("code").focus();
}

/** What to send, and whose login it is. */
export function codeAnswer() {
  const answer = { code: at("code").value };
  return {
    username: pending?.username,
    body: { challenge_token: pending?.token ?? "", answer },
  };
}

/** Show the sign-in form again. */
export function withdraw() {
  pending = null;
  at("code-form").hidden = true;
  at("login-form").hidden = false;
}

/** A code that was not taken can be tried again, unless the challenge itself is over. */
export function noteRefusal(error) {
  if (error.code === "invalid_credentials") {
    tellError(error, undefined, "That code is not right, or was used before.");
    at("code").select();
    return;
  }
  if (error.code === "invalid_challenge") withdraw();
  tellError(error);
}
