// Joint angles over time, one plot a joint. The curves are drawn anew only when the view or the data changed; the
// cursor has a layer of its own, so that a playing video costs one line a picture.

import { GUTTER_PX, roundStep } from "./axis.js";
import { make, once, sharp } from "./dom.js";
import { COLOURS, DASHES, capital } from "./words.js";

const LEAST_PX = 74; // height of a plot
const GAP_PX = 8;
const GREY = "#8a949c";

/** The angles by joint: [{ name, label, curves: [{ side, values_deg, sd_deg }] }]. */
export function joints(angles) {
  const found = new Map();
  for (const one of angles) {
    const name = one.side === "none" ? one.name : one.name.replace(/_(l|r|left|right)$/, "");
    if (!found.has(name)) found.set(name, { name, label: one.label, curves: [] });
    found.get(name).curves.push(one);
  }
  for (const plot of found.values()) plot.curves.sort((a, b) => a.side.localeCompare(b.side));
  return [...found.values()];
}

/** Hip, knee and ankle in the plane of walking, as far as they are there, else the first three. */
export function usual(plots) {
  const wanted = ["hip_flexion", "knee_angle", "ankle_angle"].filter((name) => plots.some((plot) => plot.name === name));
  return new Set(wanted.length ? wanted : plots.slice(0, 3).map((plot) => plot.name));
}

export class Curves {
  // acts: { seek(time_s) }; scene() gives { cursor_s, events, strides, dragged }
  constructor(model, axis, scene, acts) {
    Object.assign(this, { model, axis, scene, acts });
    this.base = make("canvas");
    this.top = make("canvas", { class: "kr-top-layer" });
    this.element = make("div", { class: "kr-curves", tabindex: 0, role: "img", "aria-label": "joint angles over time" }, this.base, this.top);
    this.holder = make("div", { class: "kr-curves-holder" }, this.element);
    this.draw = once(() => (this.drawBase(), this.drawTop()));
    this.drawCursor = once(() => this.drawTop());
    new ResizeObserver(() => this.laid()).observe(this.holder);
    this.listen();
    this.take();
  }

  /** The angles may be new: their scales are worked out once, not at every drawing. */
  take() {
    this.angles = this.model.angles;
    this.plots = joints(this.angles);
    this.shown ??= usual(this.plots);
    for (const plot of this.plots) plot.range = rangeOf(plot.curves);
    this.laid();
  }

  choose(name, is) {
    if (is) this.shown.add(name);
    else this.shown.delete(name);
    this.laid();
  }

  laid() {
    const visible = this.plots.filter((plot) => this.shown.has(plot.name));
    const room = this.holder.clientHeight;
    this.each = Math.max(LEAST_PX, Math.floor(room / Math.max(1, visible.length)));
    this.element.style.height = `${Math.max(room, this.each * visible.length)}px`;
    this.draw();
  }

  get visible() {
    return this.plots.filter((plot) => this.shown.has(plot.name));
  }

  // ---- drawing

  drawBase() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const context = sharp(this.base, width, height);
    if (!width) return;
    this.drawMarks(context, height);
    if (!this.visible.length) this.drawNothing(context);
    this.visible.forEach((plot, i) => this.drawPlot(context, plot, i * this.each + GAP_PX / 2, this.each - GAP_PX));
  }

  drawNothing(context) {
    context.font = "13px system-ui, sans-serif";
    context.fillStyle = "#5b6770";
    context.textAlign = "left";
    context.fillText(this.plots.length ? "No curve is chosen." : "This recording has no joint angles; its events and strides can be reviewed.", GUTTER_PX + 12, 28);
  }

  /** Strides that were left out, and the events, through all plots. */
  drawMarks(context, height) {
    const { events, strides } = this.scene();
    const inSight = (from, to) => to >= this.axis.from_s && from <= this.axis.to_s;
    context.save();
    context.beginPath();
    context.rect(GUTTER_PX, 0, this.axis.room, height);
    context.clip();
    for (const one of strides) {
      if (one.used || !inSight(one.start_s, one.stop_s)) continue;
      const [from, to] = [this.axis.toX(one.start_s), this.axis.toX(one.stop_s)];
      context.fillStyle = "rgb(31 41 51 / 6%)";
      context.fillRect(from, 0, to - from, height);
    }
    const dense = this.axis.perPx_s > 0.02;
    for (const one of events) {
      if (!inSight(one.time_s, one.time_s) || (dense && one.kind === "to")) continue;
      const x = Math.round(this.axis.toX(one.time_s)) + 0.5;
      stroke(context, [[x, 0], [x, height]], COLOURS[one.side], 1, one.kind === "ic" ? [] : [2, 4], 0.35);
    }
    context.restore();
  }

  drawPlot(context, plot, top, height) {
    const { range } = plot;
    const toY = (value) => top + height - ((value - range[0]) / (range[1] - range[0])) * height;
    this.drawScale(context, plot, top, height, toY);
    context.save();
    context.beginPath();
    context.rect(GUTTER_PX, top, this.axis.room, height);
    context.clip();
    for (const curve of plot.curves) this.drawBand(context, curve, toY);
    for (const curve of plot.curves) this.drawCurve(context, curve, toY);
    plot.curves.forEach((curve, i) => this.drawGaps(context, curve, toY, top + height - 3 - 4 * i));
    context.restore();
  }

  drawScale(context, plot, top, height, toY) {
    context.fillStyle = "rgb(255 255 255 / 70%)";
    context.strokeStyle = "#d9dee2";
    context.lineWidth = 1;
    context.setLineDash([]);
    context.strokeRect(GUTTER_PX + 0.5, top + 0.5, this.axis.room - 1, height - 1);
    const step = roundStep((plot.range[1] - plot.range[0]) / Math.max(2, height / 26));
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let v = Math.ceil(plot.range[0] / step) * step; v <= plot.range[1]; v += step) {
      const y = Math.round(toY(v)) + 0.5;
      stroke(context, [[GUTTER_PX, y], [GUTTER_PX + this.axis.room, y]], v === 0 ? "#b5bec5" : "#eceff1", 1, [], 1);
      context.fillStyle = "#5b6770";
      if (y > top + 5 && y < top + height - 4) context.fillText(String(Math.round(v * 10) / 10), GUTTER_PX - 5, y);
    }
    context.textAlign = "left";
    context.fillStyle = "#1f2933";
    context.font = "600 12px system-ui, sans-serif";
    const [name, sign] = capital(plot.label).split(/ (?=\()/); // "Knee (+ flexion)": what a larger angle means goes below
    const y = wrapped(context, name, 6, top + 9, GUTTER_PX - 36);
    context.fillStyle = "#5b6770";
    context.font = "10.5px system-ui, sans-serif";
    wrapped(context, sign?.replace(/[()]/g, "") ?? "", 6, y, GUTTER_PX - 10);
  }

  /** Samples in sight, with one more on each side. */
  span() {
    return [Math.max(0, this.model.frameAt(this.axis.from_s) - 1), Math.min(this.model.frames - 1, this.model.frameAt(this.axis.to_s) + 1)];
  }

  drawBand(context, curve, toY) {
    if (!curve.sd_deg) return;
    const [first, last] = this.span();
    const skip = Math.max(1, Math.floor((last - first) / this.axis.room / 2));
    context.fillStyle = COLOURS[curve.side];
    context.globalAlpha = 0.13;
    let run = [];
    const close = () => {
      if (run.length > 1) {
        context.beginPath();
        run.forEach(([x, high], i) => (i ? context.lineTo(x, high) : context.moveTo(x, high)));
        [...run].reverse().forEach(([x, , low]) => context.lineTo(x, low));
        context.fill();
      }
      run = [];
    };
    for (let i = first; i <= last; i += skip) {
      const [value, sd] = [curve.values_deg[i], curve.sd_deg[i]];
      if (value === null || sd === null) close();
      else run.push([this.axis.toX(this.model.timeOf(i)), toY(value + sd), toY(value - sd)]);
    }
    close();
    context.globalAlpha = 1;
  }

  /** The curve; where many samples share a pixel, their least and largest. */
  drawCurve(context, curve, toY) {
    const [first, last] = this.span();
    const dense = (last - first) / this.axis.room > 3;
    context.strokeStyle = COLOURS[curve.side];
    context.lineWidth = 1.7;
    context.setLineDash(dense ? [] : DASHES[curve.side]);
    context.beginPath();
    let pen = false;
    let column = null;
    const flush = () => {
      if (!column) return;
      for (const value of column.first < column.last ? [column.low, column.high] : [column.high, column.low]) {
        if (pen) context.lineTo(column.x, toY(value));
        else context.moveTo(column.x, toY(value));
        pen = true;
      }
      column = null;
    };
    for (let i = first; i <= last; i++) {
      const value = curve.values_deg[i];
      if (value === null) {
        flush();
        pen = false;
        continue;
      }
      const x = this.axis.toX(this.model.timeOf(i));
      if (!dense) {
        if (pen) context.lineTo(x, toY(value));
        else context.moveTo(x, toY(value));
        pen = true;
      } else if (column && Math.round(x) === column.x) {
        Object.assign(column, { low: Math.min(column.low, value), high: Math.max(column.high, value), last: value });
      } else {
        flush();
        column = { x: Math.round(x), low: value, high: value, first: value, last: value };
      }
    }
    flush();
    context.stroke();
    context.setLineDash([]);
  }

  /** Where no angle is valid: a grey bar with the side's colour at its ends, and a dotted line over the gap. */
  drawGaps(context, curve, toY, y) {
    const [first, last] = this.span();
    for (let i = first; i <= last; i++) {
      if (curve.values_deg[i] !== null) continue;
      const from = i;
      while (i < last && curve.values_deg[i + 1] === null) i++;
      const [x0, x1] = [this.axis.toX(this.model.timeOf(Math.max(0, from - 1))), this.axis.toX(this.model.timeOf(Math.min(this.model.frames - 1, i + 1)))];
      context.fillStyle = GREY;
      context.fillRect(x0, y - 1.5, x1 - x0, 3);
      const [before, after] = [curve.values_deg[from - 1], curve.values_deg[i + 1]];
      if (before !== undefined && after !== undefined && before !== null && after !== null) stroke(context, [[x0, toY(before)], [x1, toY(after)]], GREY, 1.3, [1.5, 3], 1);
    }
  }

  drawTop() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const context = sharp(this.top, width, height);
    const { cursor_s, dragged } = this.scene();
    if (dragged) {
      const x = this.axis.toX(dragged.time_s);
      stroke(context, [[x, 0], [x, height]], COLOURS[dragged.side], 2, dragged.kind === "ic" ? [] : [4, 4], 1);
    }
    const x = Math.round(this.axis.toX(cursor_s)) + 0.5;
    if (x < GUTTER_PX || x > GUTTER_PX + this.axis.room) return;
    stroke(context, [[x, 0], [x, height]], "#1f2933", 1.4, [], 0.9);
    this.drawValues(context, x);
  }

  drawValues(context, x) {
    const frame = this.model.frameAt(this.scene().cursor_s);
    context.font = "600 11.5px system-ui, sans-serif";
    context.textBaseline = "middle";
    this.visible.forEach((plot, i) => {
      const right = x < GUTTER_PX + this.axis.room - 64;
      context.textAlign = right ? "left" : "right";
      plot.curves.forEach((curve, k) => {
        const value = curve.values_deg[frame];
        const text = `${curve.side === "none" ? "" : `${curve.side[0].toUpperCase()} `}${value === null ? "not valid" : `${value.toFixed(1)}°`}`;
        const [tx, ty] = [x + (right ? 6 : -6), i * this.each + GAP_PX / 2 + 10 + 15 * k];
        context.lineWidth = 4;
        context.strokeStyle = "rgb(255 255 255 / 92%)";
        context.strokeText(text, tx, ty);
        context.fillStyle = value === null ? GREY : COLOURS[curve.side];
        context.fillText(text, tx, ty);
      });
    });
  }

  // ---- pointer: a click puts the cursor there, a drag moves the view, the wheel zooms

  listen() {
    let held = null;
    const local = (event) => event.clientX - this.element.getBoundingClientRect().left;
    const on = (name, act, options) => this.element.addEventListener(name, act, options);
    on("wheel", (event) => {
      if (event.shiftKey) return; // the list of plots scrolls
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

function rangeOf(curves) {
  let [low, high] = [Infinity, -Infinity];
  for (const curve of curves) {
    curve.values_deg.forEach((value, i) => {
      if (value === null) return;
      const sd = Math.min(curve.sd_deg?.[i] ?? 0, 15); // one wild frame must not flatten the rest
      low = Math.min(low, value - sd);
      high = Math.max(high, value + sd);
    });
  }
  if (!(high > low)) return [-1, 1];
  const margin = Math.max(2, 0.06 * (high - low));
  return [low - margin, high + margin];
}

function stroke(context, points, colour, width, dash, alpha) {
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Text in rows of at most `room` px; where the next row would be. */
function wrapped(context, text, x, y, room) {
  let row = "";
  for (const word of text.split(" ")) {
    if (row && context.measureText(`${row} ${word}`).width > room) {
      context.fillText(row, x, y);
      [row, y] = [word, y + 14];
    } else row = row ? `${row} ${word}` : word;
  }
  context.fillText(row, x, y);
  return y + 14;
}
