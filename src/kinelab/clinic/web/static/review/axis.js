// The one time axis under events, strides and curves: which seconds are in sight, and where they lie on the screen.

const LEAST_S = 0.25; // no closer zoom than this
export const GUTTER_PX = 100; // names of lanes and scales of curves, left of the first second

export class Axis {
  constructor(start_s, stop_s, changed) {
    Object.assign(this, { start_s, stop_s, from_s: start_s, to_s: stop_s, width: 600, changed });
  }

  get room() {
    return Math.max(50, this.width - GUTTER_PX - 10);
  }

  toX(time_s) {
    return GUTTER_PX + ((time_s - this.from_s) / (this.to_s - this.from_s)) * this.room;
  }

  toTime(x) {
    return this.from_s + ((x - GUTTER_PX) / this.room) * (this.to_s - this.from_s);
  }

  get perPx_s() {
    return (this.to_s - this.from_s) / this.room;
  }

  show(from_s, to_s) {
    const length = Math.min(this.stop_s - this.start_s, Math.max(LEAST_S, to_s - from_s));
    this.from_s = Math.min(this.stop_s - length, Math.max(this.start_s, from_s));
    this.to_s = this.from_s + length;
    this.changed();
  }

  zoom(factor, x = GUTTER_PX + this.room / 2) {
    const at = this.toTime(Math.min(GUTTER_PX + this.room, Math.max(GUTTER_PX, x)));
    const length = Math.min(this.stop_s - this.start_s, Math.max(LEAST_S, (this.to_s - this.from_s) / factor));
    const part = (at - this.from_s) / (this.to_s - this.from_s);
    this.show(at - part * length, at - part * length + length);
  }

  pan(px) {
    this.show(this.from_s + px * this.perPx_s, this.to_s + px * this.perPx_s);
  }

  all() {
    this.show(this.start_s, this.stop_s);
  }

  /** Bring a time into sight, with some room around it; nothing moves when it is there already. */
  reveal(time_s) {
    const length = this.to_s - this.from_s;
    if (time_s >= this.from_s && time_s <= this.to_s) return;
    this.show(time_s - length / 2, time_s + length / 2);
  }

  /** Round times for a scale, about 90 px apart. */
  ticks() {
    const step = roundStep(90 * this.perPx_s);
    const found = [];
    for (let i = Math.ceil(this.from_s / step - 1e-9); i * step <= this.to_s + 1e-9; i++) found.push(i * step);
    return { step, times: found };
  }
}

/** The next larger of 1, 2, 5 times a power of ten. */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= least * 0.999);
}
