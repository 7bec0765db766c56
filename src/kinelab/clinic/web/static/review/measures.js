// The table of measures: what the machine found, what it is after the corrections, the norm, the smallest change that
// means something (MDC95). What a correction changed is marked.

import { make } from "./dom.js";
import { capital, figure, plain } from "./words.js";

const COLUMNS = [["left", "Left"], ["right", "Right"]]; // what has no side goes across both

export class Measures {
  constructor(model, keys) {
    Object.assign(this, { model, keys: new Set(keys) });
    this.body = make("tbody");
    this.words = make("span", { class: "kr-quiet", role: "status" });
    this.choice = make("select", { "aria-label": "which measures", change: () => this.show() },
      make("option", { value: "key" }, "Key measures"), make("option", { value: "changed" }, "Changed"),
      make("option", { value: "review" }, "To review"), make("option", { value: "all" }, "All"));
    const head = make("thead", {},
      make("tr", {}, make("th", { rowspan: 2, scope: "col" }, "Measure"),
        ...COLUMNS.map(([side, name]) => make("th", { colspan: 2, scope: "colgroup", class: `kr-side-head kc-${side}` }, name)),
        make("th", { rowspan: 2, scope: "col", title: "range of healthy people, where one fits" }, "Norm"),
        make("th", { rowspan: 2, scope: "col", title: "a smaller change is not told apart from noise (95 %)" }, "MDC")),
      make("tr", {}, ...COLUMNS.flatMap(() => [make("th", { scope: "col" }, "machine"), make("th", { scope: "col" }, "now")])));
    this.table = make("table", { class: "kr-table" }, head, this.body);
    this.element = make("section", { class: "kr-panel kr-measures", "aria-label": "measures" },
      make("div", { class: "kr-panel-head" }, make("h2", {}, "Measures"), this.choice, this.words),
      make("div", { class: "kr-scroll", tabindex: 0, role: "region", "aria-label": "table of measures" }, this.table));
  }

  rows() {
    const machine = new Map(this.model.machine.measures.map((one) => [`${one.quantity} ${one.side}`, one]));
    const found = new Map();
    for (const one of this.model.measures) {
      if (!found.has(one.quantity)) found.set(one.quantity, { quantity: one.quantity, label: one.label || capital(plain(one.quantity)), unit: one.unit, sides: {}, changed: false, review: false });
      const row = found.get(one.quantity);
      const before = machine.get(`${one.quantity} ${one.side}`)?.value ?? one.machine_value ?? null;
      row.sides[one.side] = { ...one, before, changed: figure(one.value) !== figure(before) }; // as far as it can be read
      row.changed ||= row.sides[one.side].changed;
      row.review ||= Boolean(one.needs_review);
    }
    return [...found.values()];
  }

  show() {
    const rows = this.rows();
    const keep = { key: (row) => !this.keys.size || this.keys.has(row.quantity) || row.changed && row.review, changed: (row) => row.changed, review: (row) => row.review, all: () => true }[this.choice.value];
    const shown = rows.filter(keep);
    this.body.replaceChildren(...shown.map((row) => this.row(row)));
    const n = rows.filter((row) => row.changed).length;
    this.words.textContent = n ? `${n} of ${rows.length} changed` : "none changed";
    if (!shown.length) this.body.append(make("tr", {}, make("td", { colspan: 7, class: "kr-quiet" }, "None.")));
  }

  row(row) {
    const across = row.sides.both ?? row.sides.none;
    const cells = across ? [this.across(across)] : COLUMNS.flatMap(([side]) => this.cells(row.sides[side], side));
    const any = Object.values(row.sides)[0];
    const norm = Object.values(row.sides).find((one) => one.reference)?.reference;
    return make("tr", { "data-quantity": row.quantity },
      make("th", { scope: "row" }, row.label, make("span", { class: "kr-unit" }, ` ${row.unit}`)),
      ...cells,
      make("td", { class: "number", title: norm?.source ?? "no norm that fits this person" }, norm ? `${figure(norm.low)}–${figure(norm.high)}` : "–"),
      make("td", { class: "number" }, figure(any?.mdc95)));
  }

  cells(one, side) {
    if (!one) return [make("td", { "data-side": side }), make("td", { "data-side": side })];
    return [make("td", { class: "number kr-before", "data-side": side }, figure(one.before)), this.now("td", one, side)];
  }

  /** What has no side: both values in one cell, so that none of them seems to be of a leg. */
  across(one) {
    return make("td", { class: "number kr-across", colspan: 4, "data-side": "both" },
      make("span", { class: "kr-before", title: "machine" }, `${figure(one.before)} → `), this.now("span", one, "both"));
  }

  now(tag, one, side) {
    const by = one.value === null || one.before === null ? null : one.value - one.before;
    const matters = by !== null && one.mdc95 && Math.abs(by) > one.mdc95;
    const outside = one.reference && one.value !== null && (one.value < one.reference.low || one.value > one.reference.high);
    const facts = [`n = ${one.n} strides`];
    if (one.sd !== null && one.sd !== undefined) facts.push(`sd ${figure(one.sd)}`);
    if (one.changed && by !== null) facts.push(`changed by ${by > 0 ? "+" : ""}${figure(by)}${matters ? ", more than the MDC" : ""}`);
    if (outside) facts.push("outside the norm");
    if (one.needs_review) facts.push(`review: ${one.needs_review}`);
    return make(tag, { class: "number kr-now", "data-side": side, "data-changed": one.changed, "data-matters": Boolean(matters), "data-outside": Boolean(outside), title: facts.join("; ") },
      one.needs_review ? make("span", { class: "kr-flag", role: "img", "aria-label": "needs review" }, "!") : "",
      one.changed && by ? make("span", { class: "kr-arrow", role: "img", "aria-label": by > 0 ? "more" : "less" }, by > 0 ? "▲" : "▼") : "", figure(one.value));
  }
}
