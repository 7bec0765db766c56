// Questions that stop the page: a reason, the signature, the list of keys. Native dialogs: Escape closes them, the
// focus stays inside and goes back where it was.

import { button, make } from "./dom.js";
import { KEY_HELP } from "./keys.js";
import { needName } from "./words.js";

const REASONS = {
  stride: ["turning or stopping", "stumble or disturbance", "starting or slowing down", "foot out of view or hidden", "tracking wrong", "uses a support or is held"],
  event: ["did not happen", "told twice", "belongs to the other foot", "foot out of view or hidden"],
};

/** Show a dialog; resolves with `value()` when it is confirmed, with null when it is left. */
function shown(title, content, confirm, value, attributes = {}) {
  return new Promise((resolve) => {
    const form = make("form", { method: "dialog", submit: (event) => (event.preventDefault(), done(value())) },
      make("h2", {}, title), ...content,
      make("div", { class: "kr-dialog-ways" }, button(confirm ? "Cancel" : "Close", () => done(null), { autofocus: !confirm }), confirm ? make("button", { type: "submit", class: "kr-button kr-main-button" }, confirm) : ""));
    const dialog = make("dialog", { class: "kr-dialog", "aria-label": title, cancel: (event) => (event.preventDefault(), done(null)), ...attributes }, form);
    const done = (answer) => {
      if (answer === undefined) return;
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Why a stride is left out or an event removed: one of the common reasons, or own words. null: left. */
export function askReason(title, about) {
  const own = make("input", { type: "text", maxlength: 300, "aria-label": "other reason", placeholder: "other reason, in your words" });
  const group = REASONS[about].map((text, i) => make("label", { class: "kr-choice" }, make("input", { type: "radio", name: "reason", value: text, checked: i === 0 }), text));
  const other = make("label", { class: "kr-choice" }, make("input", { type: "radio", name: "reason", value: "" }), own);
  own.addEventListener("input", () => (other.firstChild.checked = true));
  const choices = make("fieldset", {}, make("legend", {}, "Reason"), ...group, other);
  return shown(title, [choices], about === "stride" ? "Leave it out" : "Remove it", () => {
    const chosen = choices.querySelector("input[name=reason]:checked").value || own.value.trim();
    if (!chosen) own.focus();
    return chosen || undefined;
  });
}

/** Which event to add at a time. */
export function askKind(side, words) {
  const one = (kind, text, checked) => make("label", { class: "kr-choice" }, make("input", { type: "radio", name: "kind", value: kind, checked }), text);
  const choices = make("fieldset", {}, make("legend", {}, words), one("ic", "Contact: the foot touches the ground", true), one("to", "Foot off: the foot leaves the ground", false));
  return shown(`Add an event of the ${side} foot`, [choices], "Add", () => choices.querySelector("input:checked").value);
}

/** The signature: what is signed, what blocks it. Resolves with { password, meaning } or null. */
export function askSignature(model) {
  const open = model.openNeeds;
  const blocks = [];
  if (open.length) blocks.push(`${open.length === 1 ? "One thing still needs" : `${open.length} things still need`} review: ${open.slice(0, 6).map((need) => needName(need.what, model)).join("; ")}${open.length > 6 ? "; ..." : ""}`);
  const strides = model.openStrides.length;
  if (strides) blocks.push(`Every stride is to be looked at here; ${strides === 1 ? "one is" : `${strides} are`} not confirmed yet.`);
  if (model.waiting.length) blocks.push("Changes are still on their way to the server.");
  if (model.behind) blocks.push(`The report does not hold the last ${model.behind === 1 ? "correction" : `${model.behind} corrections`} yet: make it new first.`);
  const title = `Sign version ${model.version}`;
  const what = make("p", {}, `You sign the report of version ${model.version} of ${model.patient.code}, with ${model.built === 1 ? "one correction" : `${model.built} corrections`}. A signed version is never altered; a later correction makes a new one.`);
  if (blocks.length) return shown(title, [what, make("div", { class: "kc-said", "data-kind": "bad", role: "alert" }, make("b", {}, "It cannot be signed yet."), make("ul", {}, ...blocks.map((text) => make("li", {}, text))))], "", () => null);
  const password = make("input", { type: "password", autocomplete: "current-password", required: true, "aria-label": "your password" });
  const one = (value, text, checked) => make("label", { class: "kr-choice" }, make("input", { type: "radio", name: "meaning", value, checked }), text);
  const meaning = make("fieldset", {}, make("legend", {}, "Your signature says"), one("read", "Read: I reviewed it; another reader makes it final", false), one("final", "Final: I reviewed it and it may be used", true));
  return shown(title, [what, meaning, make("label", { class: "kr-field" }, "Your password, again", password)], "Sign", () => ({ password: password.value, meaning: meaning.querySelector("input:checked").value }));
}

/** All keys. */
export function showKeys() {
  const rows = KEY_HELP.flatMap(([keys, text]) => [make("dt", {}, ...keys.map((key) => make("kbd", {}, key))), make("dd", {}, text)]);
  return shown("Keys", [make("dl", { class: "kr-keys" }, ...rows)], "", () => null);
}
