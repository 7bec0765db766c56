// What needs review, and what was said: two lists beside each other, one in sight.

import { button, make } from "./dom.js";
import { capital, needName, timeOfDay, told } from "./words.js";

export class Notes {
  // acts: { go(what), confirm(what), confirmSeen(), undo(number), note(text) }; seen: starts of strides that the cursor passed
  constructor(model, seen, acts) {
    Object.assign(this, { model, seen, acts });
    this.needs = make("ol", { class: "kr-list" });
    this.history = make("ol", { class: "kr-list", reversed: true });
    this.tabs = ["needs", "history"].map((name) => button("", () => this.open(name), { class: "kr-tab", role: "tab", id: `kr-tab-${name}`, "aria-controls": `kr-${name}`, keydown: (event) => this.turn(event, name) }));
    const field = this.field = make("input", { type: "text", maxlength: 2000, placeholder: "A remark; the report shows it", "aria-label": "remark" });
    this.form = make("form", { class: "kr-note-form", submit: (event) => this.remark(event, field) }, field, make("button", { type: "submit", class: "kr-button" }, "Add"));
    this.panes = {
      needs: make("div", { class: "kr-scroll", id: "kr-needs", role: "tabpanel", tabindex: 0, "aria-labelledby": "kr-tab-needs" }, this.needs),
      history: make("div", { class: "kr-scroll", id: "kr-history", role: "tabpanel", tabindex: 0, "aria-labelledby": "kr-tab-history" }, this.form, this.history),
    };
    this.element = make("section", { class: "kr-panel kr-notes", "aria-label": "review" }, make("div", { class: "kr-panel-head", role: "tablist" }, ...this.tabs), ...Object.values(this.panes));
    this.open(model.openNeeds.length || model.openStrides.length || !model.number ? "needs" : "history");
  }

  open(name) {
    ["needs", "history"].forEach((one, i) => {
      this.tabs[i].setAttribute("aria-selected", one === name);
      this.tabs[i].tabIndex = one === name ? 0 : -1;
      this.panes[one].hidden = one !== name;
    });
  }

  turn(event, name) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const other = name === "needs" ? 1 : 0;
    this.open(["needs", "history"][other]);
    this.tabs[other].focus();
  }

  remark(event, field) {
    event.preventDefault();
    if (field.value.trim()) this.acts.note(field.value.trim());
    field.value = "";
  }

  /** Whether a remark is begun and not handed in. */
  get isWriting() {
    return this.field.value.trim() !== "";
  }

  show() {
    const again = focusIn(this.needs) ?? focusIn(this.history);
    this.fill();
    again?.();
  }

  fill() {
    const open = this.model.openNeeds.length + this.model.openStrides.length;
    this.tabs[0].textContent = `To review (${open})`;
    this.tabs[1].textContent = `History (${this.model.number + this.model.waiting.length})`;
    this.form.hidden = !this.model.may.correct;
    const needs = [...this.model.needs].sort((a, b) => b.open - a.open);
    this.needs.replaceChildren(...needs.map((need) => this.need(need)));
    if (this.model.toLookAt.length) this.needs.prepend(this.strides());
    else if (!needs.length) this.needs.append(make("li", { class: "kr-quiet" }, "Nothing is named by the thresholds."));
    const waiting = this.model.waiting.map(({ correction }) => this.entry({ number: "…", by: this.model.me.name, at: "", correction }, true));
    const stored = this.model.corrections.map((one) => this.entry(one, false));
    this.history.replaceChildren(...[...stored, ...waiting].reverse());
    if (!stored.length && !waiting.length) this.history.append(make("li", { class: "kr-quiet" }, "Nothing was corrected yet."));
  }

  need(need) {
    const [kind] = need.what.split(" ");
    const placed = kind === "event" || kind === "stride";
    const name = needName(need.what, this.model);
    return make("li", { class: "kr-need", "data-what": need.what, "data-open": need.open },
      make("div", { class: "kr-need-name" }, make("span", { class: "kr-flag", role: "img", "aria-label": need.open ? "open" : "settled" }, need.open ? "!" : "✓"), name),
      make("div", { class: "kr-quiet" }, need.open ? sentence(said(need)) : `${need.settled_by ? `Settled by ${need.settled_by}` : "Settled"}`),
      need.open ? make("div", { class: "kr-row" },
        placed ? button("Go there", () => this.acts.go(need.what), { "aria-label": `go to ${name}` }) : "",
        this.model.may.correct ? button("Confirm", () => this.acts.confirm(need.what), { "aria-label": `confirm ${name}` }) : "") : "");
  }

  /** One row for all strides where each is to be looked at. */
  strides() {
    const [all, open] = [this.model.toLookAt, this.model.openStrides];
    const seen = open.filter((one) => this.seen.has(one.stride.start_event));
    const unseen = open.find((one) => !this.seen.has(one.stride.start_event));
    return make("li", { class: "kr-need", "data-what": "strides", "data-open": open.length > 0 },
      make("div", { class: "kr-need-name" }, make("span", { class: "kr-flag", role: "img", "aria-label": open.length ? "open" : "settled" }, open.length ? "!" : "✓"), `Every stride: ${all.length - open.length} of ${all.length} confirmed`),
      make("div", { class: "kr-quiet" }, open.length ? "Play or step through them; those that the cursor has passed can be confirmed." : "All were looked at."),
      open.length ? make("div", { class: "kr-row" },
        unseen ? button("Next stride", () => this.acts.go(unseen.what)) : "",
        this.model.may.correct && seen.length ? button(`Confirm ${seen.length} seen`, () => this.acts.confirmSeen()) : "") : "");
  }

  entry(one, waiting) {
    const mine = one.by === this.model.me.name;
    const gone = this.model.undone.has(one.number);
    const words = capital(told(one.correction, (id) => this.model.event(id) ?? this.model.machineEvent(id)));
    return make("li", { class: "kr-entry", "data-number": one.number, "data-mine": mine, "data-gone": gone, "data-waiting": waiting },
      make("div", {}, make("span", { class: "kr-number" }, `${one.number}`), make("span", { class: "kr-words" }, words)),
      make("div", { class: "kr-row kr-quiet" }, make("span", { class: "kr-by" }, one.by), make("span", {}, waiting ? "on its way" : timeOfDay(one.at)), gone ? make("span", {}, "taken back") : "",
        mine && !gone && !waiting && this.model.may.correct ? button("Undo", () => this.acts.undo(one.number), { "aria-label": `undo number ${one.number}` }) : ""));
  }
}

/** A list is made anew: gives back what brings the focus to where it was, or null where it was elsewhere. */
function focusIn(list) {
  const row = list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
  if (!row) return null;
  const keyOf = (one) => one.dataset.what ?? one.dataset.number;
  const key = keyOf(row);
  return () => {
    const same = [...list.children].find((one) => keyOf(one) === key);
    (same?.querySelector("button") ?? list.querySelector("button"))?.focus({ preventScroll: true });
  };
}

/** A capital at the beginning, unless that is a name, such as gait20. */
const sentence = (text) => (/^[a-z]+\b/.test(text) ? capital(text) : text);

function said(need) {
  return need.threshold === null || need.threshold === undefined || need.threshold === "" ? need.reason : `${need.reason} (threshold: ${need.threshold})`;
}
