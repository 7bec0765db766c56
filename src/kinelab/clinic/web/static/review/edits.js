// What a reader may do to a result: each becomes one correction. Steps by keys are drawn at once and become one
// correction when the keys rest.

import { askKind, askReason } from "./dialogs.js";
import { capital, eventName, plain, seconds } from "./words.js";

const REST_MS = 500;

export class Edits {
  // page: model, lanes, player, film (or null), messages, cursor_s, seek(time_s), drag(event or null), correct(correction)
  constructor(page) {
    this.page = page;
  }

  get may() {
    return this.page.model.may.correct;
  }

  /** The event that keys mean. */
  get event() {
    return this.page.model.event(this.page.lanes.selected);
  }

  /** The skeleton, if keys mean one of its landmarks. */
  get skeleton() {
    const { film } = this.page;
    return film && document.activeElement === film.element && film.skeleton.name ? film.skeleton : null;
  }

  // ---- events

  move(id, time_s) {
    const event = this.page.model.event(id);
    if (!event || Math.abs(event.time_s - time_s) < 1e-9) return;
    this.page.correct({ kind: "move_event", event: id, time_s });
    this.page.seek(time_s);
  }

  add(side, kind, time_s = this.page.cursor_s) {
    if (this.may) this.page.correct({ kind: "add_event", side, event_kind: kind, time_s });
  }

  async addAt(side, time_s) {
    if (!this.may) return;
    const at = this.page.model.timeOf(this.page.model.frameAt(time_s));
    this.page.seek(at);
    const kind = await askKind(side, `At ${seconds(at)}`);
    if (kind) this.add(side, kind, at);
  }

  confirmChosen() {
    if (this.event && this.may) this.page.correct({ kind: "confirm_event", event: this.event.id });
  }

  async removeChosen() {
    if (!this.may) return;
    const { skeleton, event } = this;
    if (skeleton) {
      if (skeleton.refuses()) return;
      skeleton.held = null;
      this.landmark({ kind: "hide_landmark", frame: this.page.player.frame, landmark: skeleton.name });
    } else if (event) {
      const reason = await askReason(`Remove the ${eventName(event)}`, "event");
      if (reason) this.page.correct({ kind: "remove_event", event: event.id, reason });
    }
  }

  // ---- steps by keys

  /** `held`: the key that means steps is down, more may come. */
  nudge(dx, dy, held) {
    if (!this.may) return;
    if (this.skeleton) this.skeleton.nudge(dx, dy);
    else if (this.event && dx) this.nudgeEvent(this.event, dx);
    clearTimeout(this.resting);
    if (!held) this.rest();
  }

  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.settle(), REST_MS);
  }

  nudgeEvent(event, by) {
    const { model, lanes } = this.page;
    const from_s = lanes.held?.time_s ?? event.time_s;
    const nearest = model.frameAt(from_s);
    // Machine's times lie between frames: the first step goes to the next frame in that direction.
    const apart_s = model.timeOf(nearest) - from_s;
    const frame = Math.abs(apart_s) > 1e-6 && Math.sign(apart_s) === by ? nearest : nearest + by;
    lanes.held = { id: event.id, time_s: model.timeOf(Math.min(model.frames - 1, Math.max(0, frame))), byKeys: true };
    lanes.draw();
    this.page.drag({ ...event, time_s: lanes.held.time_s });
  }

  /** What was moved by keys becomes a correction. */
  settle() {
    const { lanes, film } = this.page;
    clearTimeout(this.resting);
    film?.skeleton.settle();
    const { held } = lanes;
    if (!held?.byKeys) return;
    lanes.held = null;
    this.page.drag(null);
    this.move(held.id, held.time_s);
  }

  // ---- strides

  strideAtCursor(side) {
    const now = this.page.cursor_s;
    const found = this.page.model.strides.find((one) => one.side === side && one.start_s <= now && one.stop_s > now);
    if (found) this.toggleStride(found);
    else this.page.messages.tell(`There is no ${side} stride at ${seconds(now)}.`);
  }

  async toggleStride(stride) {
    if (!this.may || !stride) return;
    const about = { side: stride.side, start_event: stride.start_event };
    if (!stride.used) {
      this.page.correct({ kind: "include_stride", ...about, reason: "looked at and found sound" });
      return;
    }
    const reason = await askReason(`Leave out the ${stride.side} stride from ${seconds(stride.start_s)} to ${seconds(stride.stop_s)}`, "stride");
    if (reason) this.page.correct({ kind: "exclude_stride", ...about, reason });
  }

  // ---- landmarks

  landmark(correction) {
    this.page.correct(correction);
    this.page.messages.tell(`${capital(plain(correction.landmark))} is corrected in frame ${correction.frame}. The angles that are shown follow in a moment, the report only when it is made new.`);
  }

  // ---- what needs review, and what was said before

  confirm(what) {
    const [kind, id] = what.split(" ");
    this.page.correct(kind === "event" && this.page.model.event(id) ? { kind: "confirm_event", event: id } : { kind: "confirm", what });
  }

  /** The strides that the cursor has passed, one confirmation each. */
  confirmSeen(seen) {
    const looked = this.page.model.openStrides.filter(({ stride }) => seen.has(stride.start_event));
    if (looked.length) this.page.correct(...looked.map(({ what }) => ({ kind: "confirm", what })));
  }

  undo(number) {
    this.page.correct({ kind: "undo", number });
  }

  undoLast() {
    const { model, messages } = this.page;
    const mine = model.corrections.findLast((one) => one.by === model.me.name && one.correction.kind !== "undo" && !model.undone.has(one.number));
    if (mine && this.may) this.undo(mine.number);
    else messages.tell("There is no correction of yours to undo.");
  }
}
