// The door: log in, choose a password. No framework runs before somebody is logged in.

const NOTES = {
  refused: "The clinic's own system did not let you in here. Ask an administrator whether you have an account.",
  busy: "The clinic's own system does not answer at the moment. Try again later.",
  ended: "Your login has ended. Log in again, and you are back where you were.",
};
const enter = document.getElementById("enter");
const change = document.getElementById("change");
const asked = new URLSearchParams(location.search);
let csrf = "";
let typed = null; // the one-time password of this very login: nobody should type it twice

function element(id) {
  return document.getElementById(id);
}

/** Only pages of this server: a log-in never ends on another site. `/.//other.org` is one path of this server as an
    address and another site as a link: what begins with two slashes is none of ours. */
function next() {
  try {
    const target = new URL(asked.get("next") ?? "/", location.origin);
    const isPage = /^\/(?!\/|api\/|login$)/.test(target.pathname);
    return target.origin === location.origin && isPage ? target.pathname + target.search + target.hash : "/";
  } catch {
    return "/"; // no address at all
  }
}

/** Corrections that the review page keeps in this tab until it can store them (review/keeper.js), in words. */
function kept() {
  const mine = Object.entries(sessionStorage).filter(([key]) => key.startsWith("kinelab:review:"));
  const said = mine.map(([key, value]) => [key.split(":").slice(3).join(":"), JSON.parse(value).waiting.length]).filter(([, n]) => n);
  return said.map(([name, n]) => ` ${n === 1 ? "One correction" : `${n} corrections`} of ${name} ${n === 1 ? "is" : "are"} kept in this tab and stored when ${name} opens that review again.`).join("");
}

function tell(id, text) {
  element(id).textContent = text;
  element(id).hidden = !text;
}

async function send(path, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  const answer = await fetch(`/api/v1${path}`, {
    method: "POST",
    headers,
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
  return { ok: answer.ok, body: await answer.json().catch(() => ({})) };
}

/** One attempt of a form: its button rests, and what went wrong stands above it. */
async function attempt(form, act) {
  const button = form.querySelector("button");
  button.disabled = true;
  tell(`${form.id}-problem`, "");
  try {
    await act();
  } catch {
    tell(`${form.id}-problem`, "The server does not answer. Try again in a moment.");
  } finally {
    button.disabled = false;
  }
}

function show(form, title) {
  for (const one of [enter, change]) one.hidden = one !== form;
  document.title = `${title} - kinelab`;
  form.querySelector("label:not([hidden]) input").focus();
}

enter.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(enter, async () => {
    const { name, password, code } = Object.fromEntries(new FormData(enter));
    const { ok, body } = await send("/login", { name, password, code });
    if (ok && body.must_change_password) {
      csrf = body.csrf;
      typed = password;
      change.elements.name.value = name;
      element("old").hidden = true;
      show(change, "Choose a password");
    } else if (ok) {
      location.assign(next());
    } else if (body.kind === "CodeNeededError") {
      element("code").hidden = false;
      enter.elements.code.focus();
    } else {
      tell("enter-problem", body.problem ?? "The server refused without a reason.");
      enter.elements[element("code").hidden ? "password" : "code"].select();
    }
  });
});

change.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(change, async () => {
    const said = Object.fromEntries(new FormData(change));
    if (said.new !== said.again) {
      tell("change-problem", "The two new passwords differ. Type both again.");
      return;
    }
    const { ok, body } = await send("/me/password", { old: typed ?? said.old, new: said.new });
    if (ok) location.assign(typed === null ? "/account" : next());
    else if (body.kind === "LoginNeededError") location.assign("/login");
    else tell("change-problem", body.problem ?? "The server refused without a reason.");
  });
});

async function begin() {
  const own = location.pathname === "/password";
  const answer = await fetch(own ? "/api/v1/me" : "/api/v1/login", { credentials: "same-origin" });
  const said = await answer.json().catch(() => ({}));
  if (own) {
    csrf = said.csrf ?? "";
    change.elements.name.value = said.name ?? "";
    element("back").hidden = said.must_change_password === true;
    show(change, "Choose a password");
    return;
  }
  if (said.login_system) {
    element("system").hidden = false;
    element("system").href += `?next=${encodeURIComponent(next())}`;
  }
  const note = `${NOTES[asked.get("problem")] ?? ""}${kept()}`.trim();
  if (note) tell("note", note);
  show(enter, "Log in");
}

begin();
