// What the page knows: the machine's review, every correction that is stored, those on their way, and the
// server's answer to "what do they come to" (the preview). Only the server replays corrections; what it has not
// answered for yet is laid over its last answer, so that a change shows at once.

import { SIDES } from "./words.js";

export class Model {
  constructor(said) {
    this.waiting = []; // { correction } not stored yet
    this.preview = null;
    this.take(said);
  }

  /** All of GET .../review. */
  take(said) {
    Object.assign(this, {
      machine: said.review,
      files: `/api/v1/results/${said.machine_result_id}/files/`,
      resultId: said.result_id,
      version: said.version,
      state: said.state,
      built: said.built_corrections,
      may: said.may,
      me: said.me,
      signatures: said.signatures,
      patient: said.patient,
      everyStride: said.reliance === 0 || said.sampled, // nothing is relied on here, or this visit was drawn by lot
    });
    this.corrections = said.corrections.map(stored);
    this.renew();
  }

  get number() {
    return this.corrections.length;
  }

  get behind() {
    return this.number - this.built;
  }

  /** New entries of the list, wherever they come from. Tells whether there were any. */
  add(rows) {
    const before = this.number;
    for (const row of rows.map(stored)) if (row.number === this.number + 1) this.corrections.push(row);
    this.renew();
    return this.number > before;
  }

  takePreview(preview) {
    if (this.preview && preview.n_corrections < this.preview.n_corrections) return;
    this.preview = preview;
    this.renew();
  }

  /** Works out what is shown now. */
  renew() {
    const from = this.preview ?? { ...this.machine, landmarks: {} };
    const known = this.preview?.n_corrections ?? 0;
    this.events = from.events.map((one) => ({ ...one }));
    this.points = new Map(Object.entries(from.landmarks ?? {}).map(([frame, marks]) => [Number(frame), { ...marks }]));
    this.measures = from.measures ?? [];
    this.angles = from.angles ?? this.machine.angles;
    this.needs = (from.needs ?? []).map((one) => ({ open: true, ...one }));
    this.decided = new Map();
    this.undone = undone(this.corrections);
    for (const one of this.corrections.slice(known)) {
      if (!this.undone.has(one.number)) this.lay(one.correction, one.by, `a${one.number}`);
    }
    this.waiting.forEach(({ correction }, i) => this.lay(correction, this.me.name, `waiting${i}`));
    this.events.sort((a, b) => a.time_s - b.time_s);
    this.strides = this.cut(from.strides);
    this.byId = new Map(this.events.map((one) => [one.id, one]));
    this.toLookAt = this.everyStride ? this.strideNeeds() : [];
    this.open = new Set(this.openNeeds.map((one) => one.what));
    this.unseen = new Set(this.openStrides.map((one) => one.what));
  }

  /** Where every stride is to be looked at: { what, stride, open } of those that are measured. */
  strideNeeds() {
    const effective = this.corrections.filter((one) => !this.undone.has(one.number));
    const said = new Set([...effective, ...this.waiting].map(({ correction: one }) => (one.kind === "confirm" ? one.what : one.kind === "include_stride" ? strideWhat(one) : "")));
    return this.strides.filter((one) => one.used).map((stride) => ({ what: strideWhat(stride), stride, open: !said.has(strideWhat(stride)) }));
  }

  /** One correction laid over what is shown. */
  lay(one, by, name) {
    const event = this.events.find((e) => e.id === one.event);
    if (one.kind === "move_event" && event) Object.assign(event, { time_s: one.time_s, corrected_by: by });
    if (one.kind === "confirm_event" && event) event.confirmed_by = by;
    if (one.kind === "remove_event") this.events = this.events.filter((e) => e.id !== one.event);
    if (one.kind === "add_event") {
      this.events.push({ id: name, side: one.side, kind: one.event_kind, time_s: one.time_s, sd_s: null, method: "", corrected_by: by, confirmed_by: "", needs_review: "" });
    }
    if (one.kind === "exclude_stride" || one.kind === "include_stride") {
      const used = one.kind === "include_stride";
      this.decided.set(one.start_event, { used, why_not: used ? "" : one.reason, decided_by: by });
      this.settle(strideWhat(one), by);
    }
    if (one.kind === "move_landmark" || one.kind === "hide_landmark") {
      const marks = this.points.get(one.frame) ?? {};
      this.points.set(one.frame, { ...marks, [one.landmark]: one.kind === "hide_landmark" ? null : [one.x_px, one.y_px] });
    }
    if (one.event) this.settle(`event ${one.event}`, by);
    if (one.kind === "confirm") this.settle(one.what, by);
  }

  settle(what, by) {
    for (const need of this.needs) if (need.what === what) Object.assign(need, { open: false, settled_by: by });
  }

  /** Strides of the last answer with the contacts where they are now, and decisions that are on their way. */
  cut(strides) {
    const now = new Map(this.events.map((one) => [one.id, one]));
    const known = new Map(strides.map((one) => [one.start_event, one]));
    const found = [];
    for (const side of SIDES) {
      const contacts = this.events.filter((one) => one.side === side && one.kind === "ic");
      contacts.slice(0, -1).forEach((contact, i) => {
        const before = known.get(contact.id);
        const stop_s = contacts[i + 1].time_s;
        if (!before && stop_s - contact.time_s > 3) return; // a gap, no stride
        const off = this.events.find((one) => one.side === side && one.kind === "to" && one.time_s > contact.time_s && one.time_s < stop_s);
        const base = before ?? { side, start_event: contact.id, used: true, why_not: "", needs_review: "" };
        found.push({ ...base, ...this.decided.get(contact.id), start_s: contact.time_s, stop_s, toe_off_s: off?.time_s ?? null });
      });
    }
    return found.filter((one) => now.has(one.start_event));
  }

  event(id) {
    return this.byId.get(id);
  }

  machineEvent(id) {
    return this.machine.events.find((one) => one.id === id) ?? this.added(id);
  }

  added(id) {
    const one = this.corrections[Number(id.slice(1)) - 1]?.correction;
    return id[0] === "a" && one?.kind === "add_event" ? { id, side: one.side, kind: one.event_kind, time_s: one.time_s } : undefined;
  }

  get removed() {
    return this.machine.events.filter((one) => !this.byId.has(one.id));
  }

  get openNeeds() {
    return this.needs.filter((one) => one.open);
  }

  get openStrides() {
    return this.toLookAt.filter((one) => one.open);
  }

  // ---- frames and times

  get frames() {
    return this.machine.n_frames;
  }

  timeOf(frame) {
    return this.machine.frame_time_s?.[frame] ?? this.machine.start_s + frame / this.machine.rate_hz;
  }

  /** The frame that is nearest to a time. */
  frameAt(time_s) {
    const times = this.machine.frame_time_s;
    let frame = Math.round((time_s - this.machine.start_s) * this.machine.rate_hz);
    if (times) {
      let [low, high] = [0, times.length - 1];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (times[middle] <= time_s) low = middle;
        else high = middle;
      }
      frame = time_s - times[low] <= times[high] - time_s ? low : high;
    }
    return Math.min(this.frames - 1, Math.max(0, frame));
  }
}

export const strideWhat = (one) => `stride ${one.side} ${one.start_event}`;

function stored(row) {
  return { number: row.number, by: row.by, at: row.at, correction: row.correction };
}

/** Numbers that no longer hold; the last undo counts first, for it may undo an undo. */
export function undone(corrections) {
  const gone = new Set();
  for (const one of [...corrections].reverse()) {
    if (one.correction.kind === "undo" && !gone.has(one.number)) gone.add(one.correction.number);
  }
  return gone;
}
