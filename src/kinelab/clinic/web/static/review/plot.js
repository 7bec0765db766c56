// Draws one plot of joint angles: scale, the healthy, bands, lines, gaps.

import { GUTTER_PX, roundStep } from "./axis.js";
import { drawNorm } from "./norms.js";
import { COLOURS, DASHES, capital } from "./words.js";

const GREY = "#8a949c";
const QUIET = "#5b6770";
const DENSE = 2; // samples to a pixel, from where on a band is drawn by its coarse outline

/** What is in sight of the samples: first, last, where sample i lies on the screen, and how many share a pixel. */
export function sight(model, axis) {
  const first = Math.max(0, model.frameAt(axis.from_s) - 1);
  const last = Math.min(model.frames - 1, model.frameAt(axis.to_s) + 1);
  const even = !model.machine.frame_time_s;
  const x0 = axis.toX(model.timeOf(0));
  const step = 1 / model.machine.rate_hz / axis.perPx_s;
  const toX = even ? (i) => x0 + i * step : (i) => axis.toX(model.timeOf(Math.min(model.frames - 1, Math.round(i))));
  return { first, last, toX, samplesPerPx: (last - first) / axis.room };
}

/** plot: of joints.js. place: { top, height } px. about: { axis, model, strides, withNorm, seen: sight(...) }. */
export function drawPlot(context, plot, { top, height }, about) {
  const { axis, seen, withNorm } = about;
  const [low, high] = plot.range;
  const toY = (value) => top + height - ((value - low) / (high - low)) * height;
  drawScale(context, plot, { top, height, low, high, toY, axis });
  context.save();
  context.beginPath();
  context.rect(GUTTER_PX, top, axis.room, height);
  context.clip();
  if (withNorm) for (const trace of plot.traces) drawNorm(context, trace, about.strides, axis, toY);
  for (const trace of plot.traces) drawBand(context, trace, seen, toY);
  for (const trace of plot.traces) drawLine(context, trace, seen, toY);
  plot.traces.forEach((trace, i) => drawGaps(context, trace, about, toY, top + height - 3 - 4 * i));
  context.restore();
}

function drawScale(context, plot, { top, height, low, high, toY, axis }) {
  context.strokeStyle = "#d9dee2";
  context.lineWidth = 1;
  context.setLineDash([]);
  context.strokeRect(GUTTER_PX + 0.5, top + 0.5, axis.room - 1, height - 1);
  const step = roundStep((high - low) / Math.max(2, height / 26));
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
    const y = Math.round(toY(v));
    context.fillStyle = Math.abs(v) < step / 2 ? "#b5bec5" : "#eceff1";
    context.fillRect(GUTTER_PX, y, axis.room, 1);
    context.fillStyle = QUIET;
    if (y > top + 5 && y < top + height - 4) context.fillText(String(Math.round(v * 10) / 10), GUTTER_PX - 5, y);
  }
  plot.words ??= words(context, plot.label);
  context.textAlign = "left";
  plot.words.forEach(({ text, font, colour }, i) => {
    [context.font, context.fillStyle] = [font, colour];
    context.fillText(text, 6, top + 9 + 14 * i);
  });
}

/** "Knee (+ flexion)" in rows: what a larger angle means goes below the name. */
function words(context, label) {
  const [name, sign] = capital(label).split(/ (?=\()/);
  const big = { font: "600 12px system-ui, sans-serif", colour: "#1f2933" };
  const small = { font: "10.5px system-ui, sans-serif", colour: QUIET };
  return [...wrapped(context, name, GUTTER_PX - 36, big), ...wrapped(context, sign?.replace(/[()]/g, "") ?? "", GUTTER_PX - 10, small)];
}

function wrapped(context, text, room, style) {
  context.font = style.font;
  const rows = [];
  for (const word of text.split(" ")) {
    const longer = rows.length ? `${rows.at(-1).text} ${word}` : word;
    if (rows.length && context.measureText(longer).width <= room) rows.at(-1).text = longer;
    else rows.push({ text: word, ...style });
  }
  return rows;
}

/** First and last bucket of a level that are in sight. */
function buckets({ step, low }, { first, last }) {
  return [Math.floor(first / step), Math.min(low.length - 1, Math.ceil(last / step))];
}

function drawBand(context, trace, seen, toY) {
  if (!trace.band) return;
  const level = trace.band.level(seen.samplesPerPx * (seen.samplesPerPx > DENSE ? 3 : 1));
  const { step, low, high } = level;
  const [first, last] = buckets(level, seen);
  const x = (i) => seen.toX((i + 0.5) * step - 0.5);
  context.fillStyle = COLOURS[trace.side];
  context.globalAlpha = 0.13;
  context.beginPath();
  for (let i = first; i <= last; i++) {
    if (Number.isNaN(low[i])) continue;
    const from = i;
    context.moveTo(x(i), toY(high[i]));
    while (i < last && !Number.isNaN(low[i + 1])) context.lineTo(x(++i), toY(high[i]));
    for (let k = i; k >= from; k--) context.lineTo(x(k), toY(low[k]));
  }
  context.fill();
  context.globalAlpha = 1;
}

/** The curve; where many samples share a pixel, their least and largest. */
function drawLine(context, trace, seen, toY) {
  const level = trace.line.level(seen.samplesPerPx);
  const { step, low, high } = level;
  const [first, last] = buckets(level, seen);
  context.strokeStyle = COLOURS[trace.side];
  context.lineWidth = step > 1 ? 1 : 1.7;
  context.lineJoin = "bevel";
  context.setLineDash(seen.samplesPerPx > 1 ? [] : DASHES[trace.side]);
  context.beginPath();
  let before = NaN;
  for (let i = first; i <= last; i++) {
    if (Number.isNaN(low[i])) {
      before = NaN;
      continue;
    }
    const x = seen.toX((i + 0.5) * step - 0.5);
    const rising = Math.abs(low[i] - before) <= Math.abs(high[i] - before);
    if (Number.isNaN(before)) context.moveTo(x, toY(low[i]));
    else context.lineTo(x, toY(rising ? low[i] : high[i]));
    before = rising ? high[i] : low[i];
    if (step > 1) context.lineTo(x, toY(before));
  }
  context.stroke();
  context.setLineDash([]);
}

/** Where no angle is valid: a grey bar, and a dotted line over the gap. */
function drawGaps(context, trace, { model, seen }, toY, y) {
  for (const [from, to] of trace.gaps) {
    if (to < seen.first || from > seen.last) continue;
    const [x0, x1] = [seen.toX(Math.max(0, from - 1)), seen.toX(Math.min(model.frames - 1, to + 1))];
    context.fillStyle = GREY;
    context.fillRect(x0, y - 1.5, x1 - x0, 3);
    const [before, after] = [trace.values[from - 1], trace.values[to + 1]];
    if (before === undefined || after === undefined) continue;
    stroke(context, [[x0, toY(before)], [x1, toY(after)]], GREY, 1.3, [1.5, 3], 1);
  }
}

export function stroke(context, points, colour, width, dash, alpha) {
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
