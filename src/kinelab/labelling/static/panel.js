// The list of landmarks and the strip of frames: built once, then only their attributes change.

const SIGN = { visible: "●", occluded: "◐", absent: "✕", unlabelled: "" };

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export class LandmarkList {
  constructor(list, names, colours, choose) {
    this.rows = names.map((name, k) => {
      const swatch = make("span", { class: "swatch", style: `--colour:${colours[k]}` });
      const parts = { state: make("span", { class: "state" }), count: make("span", { class: "count" }) };
      const button = make("button", { type: "button", tabindex: -1, "data-name": name }, swatch, make("span", { class: "name", title: name }, name), parts.state, parts.count);
      button.addEventListener("click", () => choose(k));
      return { button, ...parts };
    });
    list.replaceChildren(...this.rows.map((row) => make("li", {}, row.button)));
  }

  show(marks, chosen, counts, total) {
    this.rows.forEach((row, k) => {
      const state = marks[k][2];
      row.button.dataset.state = state;
      row.button.setAttribute("aria-pressed", k === chosen);
      row.state.textContent = SIGN[state];
      row.state.title = state;
      row.count.textContent = `${counts[k]}/${total}`;
      row.count.title = `dealt with in ${counts[k]} of ${total} frames`;
      if (k === chosen && this.last !== k) row.button.scrollIntoView({ block: "nearest" });
    });
    this.last = chosen;
  }
}

export class Strip {
  constructor(footer, numbers, go, step) {
    this.text = make("span", { class: "place", "aria-live": "polite" });
    this.done = make("span", { class: "done" });
    const arrow = (sign, by, label) => {
      const button = make("button", { type: "button", class: "arrow", "aria-label": label, title: label }, sign);
      button.addEventListener("click", () => step(by));
      return button;
    };
    this.cells = numbers.map((number, at) => {
      const cell = make("button", { type: "button", tabindex: -1, title: `frame ${number}` });
      cell.addEventListener("click", () => go(at));
      return cell;
    });
    const cells = make("div", { class: numbers.length > 150 ? "cells many" : "cells" }, ...this.cells);
    footer.replaceChildren(arrow("‹", -1, "frame before"), this.text, arrow("›", 1, "next frame"), cells, this.done);
  }

  show(at, text, fills) {
    const complete = fills.filter((fill) => fill === "complete").length;
    this.text.textContent = text;
    this.done.textContent = `${complete} of ${fills.length} complete`;
    this.cells.forEach((cell, i) => {
      cell.dataset.fill = fills[i];
      cell.toggleAttribute("data-here", i === at);
    });
  }
}
