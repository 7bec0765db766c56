// The one way in which pages talk to the server: same origin, with the login's CSRF token.

// The token is drawn for this login and lies in a cookie that scripts may read; the login itself may not be.
function csrf() {
  const found = document.cookie.split("; ").find((one) => one.includes("kinelab_csrf="));
  return found ? decodeURIComponent(found.slice(found.indexOf("=") + 1)) : "";
}

/** The server refused: `problem` is its own sentence, `kind` the kind of error, `status` HTTP's number. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.problem ?? `the server answered ${status}`);
    Object.assign(this, { status, kind: body.kind ?? "", body });
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
  if (!answer.ok) throw new Refused(answer.status, said ?? {});
  return said;
}

export { csrf };

window.kinelabClinic = {
  ask,
  csrf,
  async logOut() {
    try {
      await ask("POST", "/logout");
    } finally {
      location.assign("/login");
    }
  },
};
