// The one way in which pages talk to the server: same origin, with the login's CSRF token.

import { csrf, leaving, look, loginEnded, whileWorking } from "./this_login.js";

/** The server refused: `problem` is its own sentence, `kind` the kind of error, `status` HTTP's number. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.problem ?? `the server answered ${status}`);
    Object.assign(this, { status, kind: body.kind ?? "", body });
  }

  /** Whether it was refused for want of this page's login: the page is on its way out then. */
  get isLoginOver() {
    return this.kind === "LoginNeededError" || this.kind === "CsrfError";
  }
}

/** Ask the API; the answer's JSON (null where there is none). Throws Refused, or TypeError when nobody answers.
    What a page asks by itself, in the background, does not prolong the login. */
export async function ask(method, path, body, background = false) {
  const headers = { Accept: "application/json" };
  if (background) headers["X-Background"] = "1";
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers,
    credentials: "same-origin",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let said = null;
  try {
    said = text ? JSON.parse(text) : null;
  } catch {
    said = { problem: `the server answered ${answer.status} without a reason` };
  }
  if (answer.ok) return said;
  const refused = new Refused(answer.status, said ?? {});
  if (refused.isLoginOver) loginEnded(refused.kind === "CsrfError");
  throw refused;
}

export { csrf, leaving, whileWorking };

window.kinelabClinic = {
  ask,
  csrf,
  look,
  async logOut() {
    try {
      await ask("POST", "/logout");
    } finally {
      location.assign("/login");
    }
  },
};
