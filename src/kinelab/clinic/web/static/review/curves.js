// Joint angles over time, one plot a joint. What is drawn is what is in sight: the canvases are as large as the
// window on the plots, which scroll through it. The cursor has a layer of its own, so that a playing video costs one
// line a picture.

import { GUTTER_PX } from "./axis.js";
import { make, once, sharp } from "./dom.js";
import { joints, usual } from "./joints.js";
import { asDragged } from "./norms.js";
import { drawPlot, sight, stroke } from "./plot.js";
import { COLOURS } from "./words.js";

const LEAST_PX = 74; // height of a plot
const GAP_PX = 8;

export class Curves {
  // acts: { seek(time_s) }; scene() gives { cursor_s, events, strides, dragged }
  constructor(model, axis, scene, acts) {
    Object.assign(this, { model, axis, scene, acts, withNorm: true, size: [0, 0] });
    this.base = make("canvas");
    this.top = make("canvas", { class: "kr-top-layer" });
    this.window = make("div", { class: "kr-curves-window" }, this.base, this.top);
    this.element = make("div", { class: "kr-curves", tabindex: 0, role: "img", "aria-label": "joint angles over time" }, this.window);
    this.holder = make("div", { class: "kr-curves-holder", scroll: () => this.draw() }, this.element);
    this.draw = once(() => (this.drawBase(), this.drawTop()));
    this.drawCursor = once(() => this.drawTop());
    new ResizeObserver(() => this.laid()).observe(this.holder);
    this.listen();
    this.take();
  }

  /** The angles may be new: what belongs to them is worked out once, not at every drawing. */
  take() {
    this.angles = this.model.angles;
    this.plots = joints(this.angles, this.model.machine.norm_bands);
    this.shown ??= usual(this.plots);
    this.laid();
  }

  choose(name, is) {
    if (is) this.shown.add(name);
    else this.shown.delete(name);
    this.laid();
  }

  /** Any of the healthy's bands, for who they are; undefined where there are none. */
  get norm() {
    return Object.values(this.model.machine.norm_bands ?? {})[0];
  }

  /** The healthy shown or not. */
  toggleNorm() {
    this.withNorm = !this.withNorm;
    this.draw();
    return this.withNorm;
  }

  laid() {
    this.visible = this.plots.filter((plot) => this.shown.has(plot.name));
    const room = this.holder.clientHeight;
    this.each = Math.max(LEAST_PX, Math.floor(room / Math.max(1, this.visible.length)));
    this.element.style.height = `${Math.max(room, this.each * this.visible.length)}px`;
    this.window.style.height = `${room}px`;
    this.size = [this.holder.clientWidth, room]; // asked for here, not at every drawing
    this.draw();
  }

  // ---- drawing

  /** The plots in sight, each with its place in the window. */
  get inSight() {
    const [, height] = this.size;
    const scrolled = this.holder.scrollTop;
    return this.visible
      .map((plot, i) => ({ plot, top: i * this.each + GAP_PX / 2 - scrolled, height: this.each - GAP_PX }))
      .filter((one) => one.top < height && one.top + one.height > 0);
  }

  drawBase() {
    const context = sharp(this.base, ...this.size);
    if (!this.size[0]) return;
    const scene = this.scene();
    if (this.visible.length) this.drawMarks(context, scene);
    else this.drawNothing(context);
    const { axis, model, withNorm } = this;
    const about = { axis, model, withNorm, strides: asDragged(scene.strides, scene.events, scene.dragged), seen: sight(model, axis) };
    for (const { plot, top, height } of this.inSight) drawPlot(context, plot, { top, height }, about);
  }

  drawNothing(context) {
    context.font = "13px system-ui, sans-serif";
    context.fillStyle = "#5b6770";
    context.textAlign = "left";
    context.fillText(this.plots.length ? "No curve is chosen." : "This recording has no joint angles; its events and strides can be reviewed.", GUTTER_PX + 12, 28);
  }

  /** Strides that were left out, and the events, through all plots. */
  drawMarks(context, { events, strides }) {
    const [, height] = this.size;
    const inSight = (from, to) => to >= this.axis.from_s && from <= this.axis.to_s;
    context.save();
    context.beginPath();
    context.rect(GUTTER_PX, 0, this.axis.room, height);
    context.clip();
    context.fillStyle = "rgb(31 41 51 / 6%)";
    for (const one of strides) {
      if (one.used || !inSight(one.start_s, one.stop_s)) continue;
      const [from, to] = [this.axis.toX(one.start_s), this.axis.toX(one.stop_s)];
      context.fillRect(from, 0, to - from, height);
    }
    const dense = this.axis.perPx_s > 0.02;
    for (const one of events) {
      if (!inSight(one.time_s, one.time_s) || (dense && one.kind === "to")) continue;
      const x = Math.round(this.axis.toX(one.time_s));
      if (one.kind === "to") {
        stroke(context, [[x + 0.5, 0], [x + 0.5, height]], COLOURS[one.side], 1, [2, 4], 0.35);
      } else {
        context.globalAlpha = 0.35;
        context.fillStyle = COLOURS[one.side];
        context.fillRect(x, 0, 1, height);
        context.globalAlpha = 1;
      }
    }
    context.restore();
  }

  drawTop() {
    const [width, height] = this.size;
    const context = sharp(this.top, width, height);
    const { cursor_s, dragged } = this.scene();
    if (dragged) {
      const x = this.axis.toX(dragged.time_s);
      stroke(context, [[x, 0], [x, height]], COLOURS[dragged.side], 2, dragged.kind === "ic" ? [] : [4, 4], 1);
    }
    const x = Math.round(this.axis.toX(cursor_s)) + 0.5;
    if (x < GUTTER_PX || x > GUTTER_PX + this.axis.room) return;
    stroke(context, [[x, 0], [x, height]], "#1f2933", 1.4, [], 0.9);
    this.drawValues(context, x, this.model.frameAt(cursor_s));
  }

  drawValues(context, x, frame) {
    context.font = "600 11.5px system-ui, sans-serif";
    context.textBaseline = "middle";
    const right = x < GUTTER_PX + this.axis.room - 64;
    context.textAlign = right ? "left" : "right";
    for (const { plot, top } of this.inSight) {
      plot.traces.forEach(({ side, values }, k) => {
        const value = values[frame];
        const text = `${side === "none" ? "" : `${side[0].toUpperCase()} `}${value === null ? "not valid" : `${value.toFixed(1)}°`}`;
        const [tx, ty] = [x + (right ? 6 : -6), top + 10 + 15 * k];
        context.lineWidth = 4;
        context.strokeStyle = "rgb(255 255 255 / 92%)";
        context.strokeText(text, tx, ty);
        context.fillStyle = value === null ? "#5b6770" : COLOURS[side];
        context.fillText(text, tx, ty);
      });
    }
  }

  // ---- pointer: a click puts the cursor there, a drag moves the view, the wheel zooms

  listen() {
    let held = null;
    const local = (event) => event.clientX - this.element.getBoundingClientRect().left;
    const on = (name, act, options) => this.element.addEventListener(name, act, options);
    on("wheel", (event) => {
      if (event.shiftKey || local(event) < GUTTER_PX) return; // the list of plots scrolls
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.axis.pan(event.deltaX);
      else this.axis.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 33 : 1) * 0.0016), local(event));
    }, { passive: false });
    on("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      held = { x: local(event), last: local(event), moved: false };
    });
    on("pointermove", (event) => {
      if (!held) return;
      const x = local(event);
      held.moved ||= Math.abs(x - held.x) > 3;
      if (held.moved) this.axis.pan(held.last - x);
      held.last = x;
    });
    on("pointerup", () => {
      if (held && !held.moved && held.x >= GUTTER_PX) this.acts.seek(this.axis.toTime(held.x));
      held = null;
    });
    on("pointercancel", () => (held = null));
    on("dblclick", () => this.axis.all());
  }
}
