// How healthy people move a joint, under the curve of each stride that is measured: mean ± 1 sd over the stride,
// stretched from one contact to the next.

import { COLOURS } from "./words.js";

const LEAST_PX = 24; // of a stride: narrower ones would be a smear
const GROUND = "rgb(80 92 102 / 11%)"; // grey: the tinted band is the machine's own standard deviation

/** The strides as they would be if the event that is dragged were let go now. */
export function asDragged(strides, events, dragged) {
  if (!dragged || dragged.kind !== "ic") return strides;
  const before_s = events.find((one) => one.id === dragged.id)?.time_s;
  return strides.map((one) => {
    if (one.side !== dragged.side) return one;
    if (one.start_event === dragged.id) return { ...one, start_s: dragged.time_s };
    return one.stop_s === before_s ? { ...one, stop_s: dragged.time_s } : one;
  });
}

/** One trace's norm under its side's strides; nothing where there is none. */
export function drawNorm(context, trace, strides, axis, toY) {
  const { norm } = trace;
  if (!norm) return;
  for (const one of strides) {
    if (!one.used || one.side !== trace.side || one.stop_s < axis.from_s || one.start_s > axis.to_s) continue;
    const [from, to] = [axis.toX(one.start_s), axis.toX(one.stop_s)];
    if (to - from < LEAST_PX) continue;
    context.beginPath();
    outline(context, norm, from, to, toY);
    context.fillStyle = GROUND;
    context.fill();
    context.globalAlpha = 0.5;
    context.strokeStyle = COLOURS[trace.side];
    context.lineWidth = 0.8;
    context.stroke();
    context.globalAlpha = 1;
  }
}

/** Upper edge there, lower edge back; a part that is not known ends the shape and begins another. */
function outline(context, { mean, sd }, from, to, toY) {
  const n = mean.length - 1;
  const every = to - from < 100 ? 4 : 1; // points of the 101
  const x = (i) => from + ((to - from) * i) / n;
  const known = (i) => mean[i] !== null && sd[i] !== null;
  for (let i = 0; i <= n; i += every) {
    if (!known(i)) continue;
    const first = i;
    context.moveTo(x(i), toY(mean[i] + sd[i]));
    while (i + every <= n && known(i + every)) {
      i += every;
      context.lineTo(x(i), toY(mean[i] + sd[i]));
    }
    for (let k = i; k >= first; k -= every) context.lineTo(x(k), toY(mean[k] - sd[k]));
    context.closePath();
  }
}
