// The landmarks of the frame in sight: where they are, drawn over the film, chosen, moved.

import { sharp } from "./dom.js";
import { COLOURS, plain } from "./words.js";

const NEAR_PX = 11; // screen px: a press so near to a landmark takes it
// The sides' hues, lighter: they must show on dark clothes and on a bright floor.
const ON_FILM = { left: "#40a9ff", right: "#ff7a1a", none: "#e8e8e8" };

export class Skeleton {
  // film: { frame, toScreen(x, y), size, draw() }; acts: { landmark(correction), named(text), refused(why) }
  constructor(model, film, acts) {
    Object.assign(this, { model, film, acts, marks: null, links: [], shown: true, fixed: "" });
    this.chosen = null; // the landmark that keys mean
    this.held = null; // { k, frame, now: [x, y] }: while it is dragged
  }

  async load() {
    const said = this.model.machine.landmarks;
    if (!said) return;
    this.fixed = said.fixed ?? ""; // why none can be corrected
    const answer = await fetch(this.model.files + said.file, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    this.marks = await answer.json();
    const place = (name) => this.marks.names.indexOf(name);
    this.links = said.links.map((pair) => pair.map(place)).filter(([a, b]) => a >= 0 && b >= 0);
  }

  /** Where a landmark is in this frame: { x, y, confidence, corrected }, or null where it is not seen. */
  mark(k) {
    const name = this.marks.names[k];
    if (this.held?.k === k) return { x: this.held.now[0], y: this.held.now[1], confidence: 1, corrected: true };
    const said = this.model.points.get(this.film.frame);
    if (said && name in said) return said[name] && { x: said[name][0], y: said[name][1], confidence: 1, corrected: true };
    const x = this.marks.x_px[this.film.frame]?.[k];
    const y = this.marks.y_px[this.film.frame]?.[k];
    if (x === null || x === undefined || y === null) return null;
    return { x, y, confidence: this.marks.confidence?.[this.film.frame]?.[k] ?? 1, corrected: false };
  }

  side(k) {
    const name = this.marks.names[k];
    return name.includes("left") ? "left" : name.includes("right") ? "right" : "none";
  }

  /** The chosen landmark's name, or undefined. */
  get name() {
    return this.chosen === null ? undefined : this.marks.names[this.chosen];
  }

  choose(by) {
    if (!this.marks) return;
    const n = this.marks.names.length;
    const k = this.chosen === null ? (by > 0 ? 0 : n - 1) : (this.chosen + by + n) % n;
    this.pick(k);
  }

  pick(k) {
    this.chosen = k;
    const mark = k === null ? null : plain(this.marks.names[k]);
    const words = mark && this.movable ? `${mark}: drag it, or Alt and arrows; Delete says that it is hidden` : mark ?? "";
    this.acts.named(words);
    this.film.draw();
  }

  /** Whether landmarks may be corrected here. */
  get movable() {
    return this.model.may.correct && !this.fixed;
  }

  /** Says why landmarks cannot be corrected, where that is so. */
  refuses() {
    if (this.fixed) this.acts.refused(this.fixed);
    return Boolean(this.fixed);
  }

  /** Move the chosen landmark by picture px; it is told when the frame is left or the keys rest. */
  nudge(dx, dy) {
    if (this.refuses()) return;
    const mark = this.chosen === null ? null : this.mark(this.chosen);
    if (mark) this.drag(this.chosen, mark.x + dx, mark.y + dy);
  }

  drag(k, x, y) {
    this.held = { k, frame: this.film.frame, now: this.inside(x, y) };
    this.film.draw();
  }

  settle() {
    const { held } = this;
    this.held = null;
    if (!held) return;
    const [x_px, y_px] = held.now;
    this.acts.landmark({ kind: "move_landmark", frame: held.frame, landmark: this.marks.names[held.k], x_px, y_px });
  }

  inside(x, y) {
    const within = (v, side) => Math.round(Math.min(side - 1, Math.max(0, v)) * 10) / 10;
    return [within(x, this.film.size[0]), within(y, this.film.size[1])];
  }

  draw(canvas, width, height) {
    const context = sharp(canvas, width, height);
    if (!this.marks || !this.shown) return;
    const marks = this.marks.names.map((_, k) => this.mark(k));
    const places = marks.map((mark) => mark && this.film.toScreen(mark.x, mark.y));
    context.lineCap = "round";
    for (const [a, b] of this.links) {
      if (!places[a] || !places[b]) continue;
      const side = this.side(a) === this.side(b) || this.side(b) === "none" ? this.side(a) : this.side(a) === "none" ? this.side(b) : "none";
      context.globalAlpha = opacity(Math.min(marks[a].confidence, marks[b].confidence));
      line(context, places[a], places[b], "rgb(0 0 0 / 45%)", 4.5, []);
      line(context, places[a], places[b], ON_FILM[side], 2.2, side === "right" ? [6, 4] : []);
    }
    marks.forEach((mark, k) => mark && this.drawMark(context, places[k], mark, k));
    context.globalAlpha = 1;
  }

  drawMark(context, [x, y], mark, k) {
    const chosen = k === this.chosen;
    context.globalAlpha = opacity(mark.confidence);
    circle(context, x, y, 3.4, ON_FILM[this.side(k)], "rgb(0 0 0 / 70%)", 1);
    context.globalAlpha = 1;
    if (mark.corrected) circle(context, x, y, 8, null, "#fff", 2.2);
    if (mark.corrected) circle(context, x, y, 8, null, COLOURS[this.side(k)], 1.2);
    if (!chosen) return;
    circle(context, x, y, 11, null, "#000", 3);
    circle(context, x, y, 11, null, "#fff", 1.4);
    context.font = "600 12px system-ui, sans-serif";
    context.lineWidth = 3;
    context.strokeStyle = "rgb(0 0 0 / 80%)";
    context.fillStyle = "#fff";
    context.strokeText(plain(this.marks.names[k]), x + 15, y + 4);
    context.fillText(plain(this.marks.names[k]), x + 15, y + 4);
  }

  /** The landmark that lies under a place of the screen, or null. */
  near(x, y) {
    let [best, least] = [null, NEAR_PX];
    if (!this.marks || !this.shown) return null;
    this.marks.names.forEach((_, k) => {
      const mark = this.mark(k);
      if (!mark) return;
      const [sx, sy] = this.film.toScreen(mark.x, mark.y);
      const distance = Math.hypot(sx - x, sy - y);
      if (distance < least) [best, least] = [k, distance];
    });
    return best;
  }
}

const opacity = (confidence) => 0.25 + 0.75 * Math.min(1, Math.max(0, confidence));

function line(context, [x, y], [u, v], colour, width, dash) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(u, v);
  context.stroke();
  context.setLineDash([]);
}

function circle(context, x, y, r, fill, stroke, width) {
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.lineWidth = width;
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  context.strokeStyle = stroke;
  context.stroke();
}
