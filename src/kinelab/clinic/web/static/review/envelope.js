// Samples in typed arrays, with the least and the largest of every 2, 4, 8 ... of them, worked out once: whatever
// the zoom, a curve is drawn from one or two points a pixel.

const FEWEST = 256; // a coarser level than that is never drawn

export class Envelope {
  /** low, high: Float32Array of one length, NaN where nothing is known; a line has the same twice. */
  constructor(low, high = low) {
    this.levels = [{ step: 1, low, high }];
    while (this.levels.at(-1).low.length > FEWEST) this.levels.push(halved(this.levels.at(-1)));
  }

  /** The finest level that has no more than about one bucket to a pixel: { step, low, high }. */
  level(samplesPerPx) {
    return this.levels.find((one) => one.step >= 0.75 * samplesPerPx) ?? this.levels.at(-1);
  }
}

function halved({ step, low, high }) {
  const n = Math.ceil(low.length / 2);
  const [least, most] = [new Float32Array(n), new Float32Array(n)];
  for (let i = 0; i < n; i++) {
    const [a, b] = [2 * i, Math.min(2 * i + 1, low.length - 1)];
    least[i] = low[a] < low[b] || Number.isNaN(low[b]) ? low[a] : low[b];
    most[i] = high[a] > high[b] || Number.isNaN(high[b]) ? high[a] : high[b];
  }
  return { step: 2 * step, low: least, high: most };
}
