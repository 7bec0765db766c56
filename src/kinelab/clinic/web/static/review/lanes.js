// Events and strides of each foot on the time axis. Events are buttons: they can be dragged, and reached and moved by
// keys; contacts are filled, foot-offs hollow; the machine's own place stays as a ghost.

import { button, drawn, make, once } from "./dom.js";
import { GUTTER_PX } from "./axis.js";
import { strideWhat } from "./model.js";
import { COLOURS, SIDES, eventName, kindWord, seconds } from "./words.js";

const STILL_PX = 3;

export class Lanes {
  // acts: { select(id), dragging(event or null), drop(id, time_s), add(side, time_s), stride(stride), seek(time_s) }
  constructor(model, axis, acts) {
    Object.assign(this, { model, axis, acts, selected: null, held: null });
    this.handles = new Map();
    this.bars = new Map();
    this.ruler = make("div", { class: "kr-ruler", "aria-hidden": "true" });
    this.lanes = Object.fromEntries(SIDES.map((side) => [side, this.lane(side)]));
    this.cursor = make("div", { class: "kr-cursor" });
    this.element = make("div", { class: "kr-lanes" }, this.ruler, ...SIDES.map((side) => this.lanes[side].element), this.cursor);
    this.draw = once(() => this.drawNow());
    this.place = once(() => this.placeNow());
    this.ruler.addEventListener("pointerdown", (event) => this.scrub(event));
    this.ruler.addEventListener("pointermove", (event) => event.buttons && this.scrub(event));
  }

  lane(side) {
    const [ghosts, events, strides] = [drawn("svg", { class: "kr-ghosts", "aria-hidden": "true" }), make("div", { class: "kr-events" }), make("div", { class: "kr-strides" })];
    const name = make("span", { class: `kr-lane-name kc-${side}` }, side === "left" ? "Left" : "Right");
    const element = make("div", { class: "kr-lane", role: "group", "aria-label": `${side} events and strides` }, name, ghosts, events, strides);
    element.addEventListener("dblclick", (event) => {
      if (event.target === element || event.target === events) this.acts.add(side, this.timeOf(event));
    });
    return { element, ghosts, events, strides };
  }

  timeOf(event) {
    return this.axis.toTime(event.clientX - this.element.getBoundingClientRect().left);
  }

  scrub(event) {
    this.ruler.setPointerCapture(event.pointerId);
    this.acts.seek(this.timeOf(event));
  }

  // ---- drawing: elements are made once and then only moved

  /** Events and strides may be others, or say something else. */
  drawNow() {
    this.dressEvents();
    this.dressStrides();
    this.placeNow();
  }

  /** Only the view has changed. Hundreds of elements move: what is as it was is not touched. */
  placeNow() {
    this.drawRuler();
    this.placeEvents();
    this.placeStrides();
    for (const side of SIDES) this.drawGhosts(side);
  }

  drawRuler() {
    const { step, times } = this.axis.ticks();
    const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    const seen = times.filter((time) => this.axis.toX(time) < this.axis.width - 36);
    this.ruler.replaceChildren(...seen.map((time) => make("span", { style: `left:${this.axis.toX(time).toFixed(1)}px` }, `${time.toFixed(digits)} s`)));
  }

  drawCursor(time_s) {
    this.cursor_s = time_s;
    const x = this.axis.toX(time_s);
    this.cursor.hidden = x < GUTTER_PX - 1 || x > this.axis.width;
    this.cursor.style.transform = `translateX(${x}px)`;
  }

  dressEvents() {
    const now = new Set(this.model.events.map((one) => one.id));
    for (const [id, handle] of this.handles) if (!now.has(id)) (handle.remove(), this.handles.delete(id));
    for (const event of this.model.events) this.dress(this.handles.get(event.id) ?? this.handle(event), event, this.timeNow(event));
  }

  placeEvents() {
    this.element.classList.toggle("kr-small", this.axis.perPx_s > 0.035);
    const stops = this.stops();
    for (const event of this.model.events) {
      const handle = this.handles.get(event.id);
      if (!handle) continue; // it came just now: the next drawing makes it
      const x = this.axis.toX(this.timeNow(event));
      const hidden = x < GUTTER_PX - 8 || x > this.axis.width + 8;
      put(handle, "hidden", hidden);
      if (!hidden) move(handle, x);
      put(handle, "tabIndex", stops.has(event.id) ? 0 : -1);
    }
  }

  /** Where an event is, or where it would be if it were let go now. */
  timeNow(event) {
    return this.held?.id === event.id ? this.held.time_s : event.time_s;
  }

  /** One event of each foot that Tab reaches: the chosen one, else the first in sight. */
  stops() {
    return new Set(SIDES.map((side) => {
      const own = this.model.events.filter((one) => one.side === side);
      return (own.find((one) => one.id === this.selected) ?? own.find((one) => one.time_s >= this.axis.from_s))?.id;
    }));
  }

  handle(event) {
    const shape = drawn("svg", { viewBox: "-9 0 18 24", width: 18, height: 24, "aria-hidden": "true" },
      drawn("circle", { class: "kr-ring", cx: 0, cy: 9, r: 8.2 }),
      drawn("line", { x1: 0, y1: 14, x2: 0, y2: 24 }),
      drawn("circle", { class: "kr-dot", cx: 0, cy: 9, r: 5 }));
    const handle = make("button", { type: "button", class: "kr-event", "data-event": event.id, "data-side": event.side, "data-kind": event.kind }, shape);
    handle.addEventListener("focus", () => this.selected !== event.id && this.acts.select(event.id));
    handle.addEventListener("pointerdown", (e) => this.press(e, event.id));
    handle.addEventListener("pointermove", (e) => this.moved(e));
    handle.addEventListener("pointerup", (e) => this.release(e));
    handle.addEventListener("pointercancel", () => this.letGo());
    handle.addEventListener("dblclick", (e) => e.stopPropagation());
    this.handles.set(event.id, handle);
    this.insert(handle, event);
    return handle;
  }

  /** In the order of time, so that Tab goes from one to the next. */
  insert(handle, event) {
    const { events } = this.lanes[event.side];
    const after = [...events.children].find((one) => (this.model.event(one.dataset.event)?.time_s ?? Infinity) > event.time_s);
    events.insertBefore(handle, after ?? null);
  }

  dress(handle, event, time_s) {
    const other = event.corrected_by && event.corrected_by !== this.model.me.name;
    const open = this.model.open.has(`event ${event.id}`);
    const facts = [`${event.side} ${kindWord(event.kind)} at ${seconds(time_s)}`];
    if (event.sd_s) facts.push(`sd ${Math.round(event.sd_s * 1000)} ms`);
    if (event.corrected_by) facts.push(`corrected by ${event.corrected_by}`);
    else if (event.confirmed_by) facts.push(`confirmed by ${event.confirmed_by}`);
    if (open) facts.push("needs review");
    const name = facts.join(", ");
    if (handle.title !== name) {
      handle.title = name;
      handle.setAttribute("aria-label", name);
    }
    handle.setAttribute("aria-pressed", this.selected === event.id);
    handle.toggleAttribute("data-open", open);
    handle.toggleAttribute("data-corrected", Boolean(event.corrected_by));
    handle.toggleAttribute("data-other", Boolean(other));
  }

  drawGhosts(side) {
    const parts = [];
    for (const machine of this.model.machine.events) {
      if (machine.side !== side) continue;
      const now = this.model.event(machine.id);
      const time_s = this.held?.id === machine.id ? this.held.time_s : now?.time_s;
      if (time_s === machine.time_s) continue;
      const x = this.axis.toX(machine.time_s);
      if (x < GUTTER_PX || x > this.axis.width) continue;
      const facts = { "data-ghost": machine.id, stroke: now ? COLOURS[side] : "#5b6770" };
      if (now) parts.push(drawn("path", { ...facts, d: `M${x} 9H${this.axis.toX(time_s)}M${x} 3V26` }));
      else parts.push(drawn("path", { ...facts, class: "kr-removed", d: `M${x - 5} 5L${x + 5} 15M${x + 5} 5L${x - 5} 15` }));
    }
    this.lanes[side].ghosts.replaceChildren(...parts);
  }

  dressStrides() {
    const now = new Set(this.model.strides.map((one) => one.start_event));
    for (const [id, bar] of this.bars) if (!now.has(id)) (bar.remove(), this.bars.delete(id));
    for (const stride of this.model.strides) {
      const bar = this.bars.get(stride.start_event) ?? this.bar(stride);
      const what = strideWhat(stride);
      const [open, unseen] = [this.model.open.has(what), this.model.unseen.has(what)];
      const state = stride.used ? "measured" : `left out: ${stride.why_not}`;
      const name = `${stride.side} stride, ${seconds(stride.start_s)} to ${seconds(stride.stop_s)}, ${state}${stride.decided_by ? ` (${stride.decided_by})` : ""}${open ? ", needs review" : unseen ? ", not confirmed yet" : ""}`;
      if (bar.title !== name) {
        bar.title = name;
        bar.setAttribute("aria-label", name);
      }
      bar.setAttribute("aria-pressed", stride.used);
      bar.toggleAttribute("data-open", open);
      bar.toggleAttribute("data-unseen", unseen);
    }
  }

  placeStrides() {
    for (const stride of this.model.strides) {
      const bar = this.bars.get(stride.start_event);
      if (!bar) continue;
      const [left, right] = [Math.max(GUTTER_PX, this.axis.toX(stride.start_s)), Math.min(this.axis.width, this.axis.toX(stride.stop_s))];
      put(bar, "hidden", right - left < 2);
      put(bar, "tabIndex", stride.start_s <= this.cursor_s && stride.stop_s > this.cursor_s ? 0 : -1); // the others by X
      if (bar.hidden) continue;
      move(bar, left + 1);
      const width = `${Math.max(2, right - left - 2).toFixed(1)}px`;
      if (bar.style.width !== width) bar.style.width = width;
      const words = stride.used ? `${(stride.stop_s - stride.start_s).toFixed(2)} s` : stride.why_not || "left out";
      put(bar, "textContent", right - left < 38 ? "" : words);
    }
  }

  bar(stride) {
    const id = stride.start_event;
    const find = () => this.model.strides.find((one) => one.start_event === id);
    const bar = button("", () => this.acts.stride(find()), { class: "kr-stride", "data-stride": id, "data-side": stride.side });
    this.bars.set(id, bar);
    const { strides } = this.lanes[stride.side];
    strides.append(bar);
    return bar;
  }

  // ---- dragging

  press(event, id) {
    if (event.button !== 0) return;
    const one = this.model.event(id);
    if (!one) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    this.acts.select(id);
    if (this.model.may.correct) this.held = { id, x: event.clientX, from_s: one.time_s, time_s: one.time_s, moved: false };
  }

  moved(event) {
    const held = this.held;
    if (!held) return;
    const dx = event.clientX - held.x;
    if (!held.moved && Math.abs(dx) <= STILL_PX) return;
    held.moved = true;
    // The reader judges frames: an event lies on one.
    held.time_s = this.model.timeOf(this.model.frameAt(held.from_s + dx * this.axis.perPx_s));
    this.draw();
    this.acts.dragging({ ...this.model.event(held.id), time_s: held.time_s });
  }

  release() {
    const held = this.held;
    this.held = null;
    if (!held?.moved) return;
    this.acts.dragging(null);
    this.acts.drop(held.id, held.time_s);
    this.draw();
  }

  letGo() {
    this.held = null;
    this.acts.dragging(null);
    this.draw();
  }

  select(id, focus = false) {
    this.selected = id;
    this.draw();
    // Not if another was chosen since: focus chooses.
    if (focus) requestAnimationFrame(() => this.selected === id && this.handles.get(id)?.focus({ preventScroll: true }));
  }

  name(id) {
    return eventName(this.model.event(id));
  }
}

/** Set only what is another: a write costs the browser a new look at the element's style. */
function put(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

function move(element, x) {
  const where = `translateX(${x.toFixed(1)}px)`;
  if (element.style.transform !== where) element.style.transform = where;
}
