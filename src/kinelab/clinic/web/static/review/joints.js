// The angles by joint, one plot each, with what drawing them again and again needs worked out once.

import { Envelope } from "./envelope.js";

const WILDEST_SD_DEG = 15; // one wild frame must not flatten the rest

/** One angle of one side: a line, its band of one standard deviation, its gaps, and how healthy people move it. */
export class Trace {
  #line = null;
  #band = null;
  #gaps = null;

  // angle: of review.json; norm: { mean, sd, source } over 0 to 100 % of the stride, or undefined
  constructor(angle, norm) {
    this.side = angle.side;
    this.values = angle.values_deg;
    this.sd = angle.sd_deg;
    this.norm = norm;
  }

  get line() {
    return (this.#line ??= new Envelope(typed(this.values)));
  }

  /** null where no standard deviation is known. */
  get band() {
    if (!this.sd) return null;
    if (!this.#band) {
      const [middle, sd] = [typed(this.values), typed(this.sd)];
      this.#band = new Envelope(middle.map((value, i) => value - sd[i]), middle.map((value, i) => value + sd[i]));
    }
    return this.#band;
  }

  /** First and last sample of each run without a valid angle. */
  get gaps() {
    if (this.#gaps) return this.#gaps;
    this.#gaps = [];
    for (let i = 0; i < this.values.length; i++) {
      if (this.values[i] !== null) continue;
      const from = i;
      while (i + 1 < this.values.length && this.values[i + 1] === null) i++;
      this.#gaps.push([from, i]);
    }
    return this.#gaps;
  }

  /** Lowest and highest of the line and its band. */
  get range() {
    let [low, high] = [Infinity, -Infinity];
    this.values.forEach((value, i) => {
      if (value === null) return;
      const sd = Math.min(this.sd?.[i] ?? 0, WILDEST_SD_DEG);
      low = Math.min(low, value - sd);
      high = Math.max(high, value + sd);
    });
    return [low, high];
  }

  /** The same of the healthy. */
  get normRange() {
    if (!this.norm) return [Infinity, -Infinity];
    const at = (sign) => this.norm.mean.map((mean, i) => (mean === null || this.norm.sd[i] === null ? NaN : mean + sign * this.norm.sd[i])).filter(Number.isFinite);
    return [Math.min(...at(-1)), Math.max(...at(1))];
  }
}

/** One joint: { name, label, traces }, and what its scale shows. */
class Joint {
  #range = null;

  constructor(name, label) {
    Object.assign(this, { name, label, traces: [] });
  }

  /** The healthy are in it also while they are hidden: nothing jumps when they are shown. */
  get range() {
    return (this.#range ??= roomy(this.traces.flatMap((one) => [one.range, one.normRange])));
  }
}

/** The joints of a review, each with its sides. norms: `norm_bands` of review.json. */
export function joints(angles, norms = {}) {
  const found = new Map();
  for (const one of angles) {
    const name = one.side === "none" ? one.name : one.name.replace(/_(l|r|left|right)$/, "");
    if (!found.has(name)) found.set(name, new Joint(name, one.label));
    found.get(name).traces.push(new Trace(one, norms[one.name]));
  }
  for (const plot of found.values()) plot.traces.sort((a, b) => a.side.localeCompare(b.side));
  return [...found.values()];
}

/** Hip, knee and ankle in the plane of walking, as far as they are there, else the first three. */
export function usual(plots) {
  const wanted = ["hip_flexion", "knee_angle", "ankle_angle"].filter((name) => plots.some((plot) => plot.name === name));
  return new Set(wanted.length ? wanted : plots.slice(0, 3).map((plot) => plot.name));
}

function typed(values) {
  return Float32Array.from(values, (value) => value ?? NaN);
}

function roomy(ranges) {
  const [low, high] = [Math.min(...ranges.map(([one]) => one)), Math.max(...ranges.map(([, one]) => one))];
  if (!(high > low)) return [-1, 1];
  const margin = Math.max(2, 0.06 * (high - low));
  return [low - margin, high + margin];
}
