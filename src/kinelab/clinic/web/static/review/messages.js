// What the page says: a warning stays until it is read, a hint goes by itself.

import { button, make } from "./dom.js";

const HINT_MS = 4000;

export class Messages {
  constructor() {
    this.kind = null;
    this.words = make("div", { class: "kr-said-words" });
    this.ways = make("div", { class: "kr-row" });
    this.element = make("div", { class: "kr-said", role: "alert", hidden: true }, this.words, this.ways);
  }

  /** `ways`: [[text, act]]; each closes the message first. kinds other than "warning" are closed by the page itself. */
  warn(text, ways = [], kind = "warning") {
    clearTimeout(this.timer);
    this.kind = kind;
    this.show(text, kind);
    for (const [name, act] of ways) this.ways.append(button(name, () => (this.quiet(), act())));
    if (kind === "warning" && !ways.length) this.ways.append(button("Understood", () => this.quiet()));
  }

  tell(text) {
    if (this.kind) return;
    clearTimeout(this.timer);
    this.show(text, "hint");
    this.timer = setTimeout(() => this.kind || this.quiet(), HINT_MS);
  }

  show(text, kind) {
    this.words.textContent = text;
    this.ways.replaceChildren();
    this.element.dataset.kind = kind;
    this.element.hidden = false;
  }

  quiet() {
    this.kind = null;
    this.element.hidden = true;
  }
}
