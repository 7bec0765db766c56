// The login under which this page was opened: the token that goes with changes, and what happens when it ends.
//
// A login ends after a while without use, or when somebody logs out in another window. From then on nothing that is
// done here is stored, and who sits here may be another person: the page goes to the log-in page and from there back
// to where it was. A page on which something may be half done says so with `whileWorking`.

const TICK_MS = 3_000;
const LOOK_TICKS = 5; // how often the server is asked while nothing looks wrong

// The token is drawn for this login and lies in a cookie that scripts may read; the login itself may not be. It is
// read once: a page of one person must not act under the login of another who came later in the same browser.
const found = document.cookie.split("; ").find((one) => one.includes("kinelab_csrf="));
const TOKEN = found ? decodeURIComponent(found.slice(found.indexOf("=") + 1)) : "";

let work = null;
let isLeaving = false;

export const csrf = () => TOKEN;

/** about: { busy(): something is half done, say(leave): tell so; `leave` goes at once }. */
export function whileWorking(about) {
  work = about;
}

/** Whether the page is on its way out: nothing asks then whether to leave. */
export const leaving = () => isLeaving;

/** Away to the log-in page; where another login has begun in this browser, to the same page under that one. */
export function loginEnded(isOther = false) {
  if (isLeaving) return;
  const leave = () => {
    isLeaving = true;
    if (isOther) location.reload();
    else location.assign(`/login?problem=ended&next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  if (work?.busy()) work.say(leave);
  else leave();
}

/** Ask whether this login still lasts, which does not prolong it. */
export async function look() {
  if (isLeaving || document.hidden) return;
  try {
    const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json", "X-Background": "1" }, credentials: "same-origin" });
    if (answer.status === 401) loginEnded();
    else if (answer.ok && TOKEN && (await answer.json()).csrf !== TOKEN) loginEnded(true);
  } catch {
    // No answer: the server is away for a moment. Asked again soon.
  }
}

let ticks = 0;
// The server ends the socket of a page whose login is over.
setInterval(() => (++ticks % LOOK_TICKS === 0 || window.socket?.connected === false) && look(), TICK_MS);
document.addEventListener("visibilitychange", look);
