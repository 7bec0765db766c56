// The page on which a clinician reviews a result: what is meant, what a key or a click does, what is shown.

import { ask, whileWorking } from "../clinic.js";
import { Axis } from "./axis.js";
import { controls } from "./controls.js";
import { Curves } from "./curves.js";
import { showKeys } from "./dialogs.js";
import { make } from "./dom.js";
import { Edits } from "./edits.js";
import { Film } from "./film.js";
import { Keeper } from "./keeper.js";
import { pressed } from "./keys.js";
import { Lanes } from "./lanes.js";
import { Measures } from "./measures.js";
import { Messages } from "./messages.js";
import { Model } from "./model.js";
import { Notes } from "./notes.js";
import { Report } from "./report.js";
import { Silent } from "./silent.js";
import { capital, told } from "./words.js";

const POLL_MS = 4000; // how soon another reader's corrections are seen
const PREVIEW_MS = 120; // changes that follow each other so fast share one preview

class Page {
  constructor(root, said) {
    this.visit = root.dataset.visit;
    this.model = new Model(said);
    const { start_s, duration_s, video } = this.model.machine;
    this.axis = new Axis(start_s, start_s + duration_s, () => this.viewChanged());
    this.messages = new Messages();
    this.report = new Report(this.visit, this.model, { reread: () => this.reread(), warn: (text) => this.messages.warn(text), tell: (text) => this.messages.tell(text) });
    this.edits = new Edits(this);
    const filmed = { frame: () => this.moved(), landmark: (correction) => this.edits.landmark(correction), refused: (why) => this.messages.tell(`${capital(why)}.`), playing: (is) => this.controls.playing(is) };
    this.film = video ? new Film(this.model, filmed) : null;
    this.player = this.film ?? new Silent(this.model, filmed);
    this.lanes = new Lanes(this.model, this.axis, {
      select: (id) => this.select(id), dragging: (event) => this.drag(event), drop: (id, time_s) => this.edits.move(id, time_s),
      add: (side, time_s) => this.edits.addAt(side, time_s), stride: (stride) => this.edits.toggleStride(stride), seek: (time_s) => this.seek(time_s),
    });
    const scene = () => ({ cursor_s: this.cursor_s, events: this.model.events, strides: this.model.strides, dragged: this.dragged });
    this.curves = new Curves(this.model, this.axis, scene, { seek: (time_s) => this.seek(time_s) });
    this.measures = new Measures(this.model, root.dataset.keys?.split(",") ?? []);
    this.waitForPreview = []; // called when the next one is there
    this.seen = new Set(); // starts of strides that the cursor has passed
    this.notes = new Notes(this.model, this.seen, { go: (what) => this.goTo(what), confirm: (what) => this.edits.confirm(what), confirmSeen: () => this.edits.confirmSeen(this.seen), undo: (number) => this.edits.undo(number), note: (text) => this.correct({ kind: "note", text }) });
    this.controls = controls(this);
    this.saved = make("span", { class: "kr-saved", role: "status", "aria-live": "polite" });
    this.lay(root);
    this.keeper = new Keeper(this.visit, this.model.me.name, {
      stored: (row, sent) => this.stored(row, sent), refused: (problem, sent) => this.refused(problem, sent),
      conflict: (since, held) => this.conflict(since, held), status: (word, problem, n) => this.status(word, problem, n),
    });
  }

  lay(root) {
    const { patient, machine } = this.model;
    const title = make("div", { class: "kr-title" }, make("a", { href: `/visits/${this.visit}` }, "‹ Visit"), make("h1", {}, `Review of ${patient.code}`),
      machine.synthetic ? make("span", { class: "kc-chip", "data-kind": "warn" }, "synthetic data") : "");
    const top = make("div", { class: "kr-bar" }, title, this.saved, make("div", { class: "kc-space" }), this.report.element);
    const watched = this.film ? make("section", { class: "kr-panel kr-watch", "aria-label": "video" }, this.film.element, this.controls.film) : null;
    const time = make("section", { class: "kr-panel kr-time", "aria-label": "events, strides and curves" }, this.controls.time, this.lanes.element, this.curves.holder);
    root.classList.add("kr-page");
    root.classList.toggle("kr-no-film", !this.film);
    root.replaceChildren(top, this.messages.element, ...(watched ? [watched] : []), this.measures.element, this.notes.element, time);
    new ResizeObserver(() => {
      this.axis.width = this.lanes.element.clientWidth;
      this.viewChanged();
    }).observe(this.lanes.element);
  }

  async start() {
    this.model.waiting = this.keeper.start(this.model.number);
    whileWorking({ busy: () => this.stillBusy(), say: (leave) => this.loginEnded(leave) });
    document.addEventListener("keydown", (event) => pressed(event, this));
    document.addEventListener("keyup", (event) => event.key === "Alt" && this.edits.rest());
    window.addEventListener("blur", () => this.edits.rest()); // the key may be let go elsewhere
    document.addEventListener("visibilitychange", () => this.poll());
    setInterval(() => this.poll(), POLL_MS);
    this.changed();
    this.moved();
    await Promise.all([this.film?.start().catch(() => this.messages.warn("The landmarks could not be loaded; load the page again.")), this.foresee()]);
    document.body.dataset.ready = "yes";
    if (!this.film) this.messages.tell("There is no video: this recording is of markers or sensors.");
  }

  // ---- the login ends

  /** Whether a correction is in the hand or being written. What keys have moved is made one here; what is made
      already outlives the page. */
  stillBusy() {
    this.edits.settle();
    return Boolean(this.lanes.held || this.film?.held || document.querySelector("dialog[open]") || this.notes.isWriting);
  }

  loginEnded(leave) {
    this.messages.warn("Your login has ended. Finish what you are doing: it is kept in this tab and stored once you have logged in again.", [["Log in now", leave]], "ended");
  }

  // ---- where we are

  get frame() {
    return this.player.frame;
  }

  get cursor_s() {
    return this.model.timeOf(this.frame);
  }

  go(frame) {
    this.player.go(frame);
    this.axis.reveal(this.cursor_s);
  }

  step(by) {
    this.go(this.frame + by);
  }

  seek(time_s) {
    this.go(this.model.frameAt(time_s));
  }

  togglePlay() {
    if (this.player.playing) this.player.pause();
    else this.player.play();
  }

  faster(by) {
    this.controls.faster(by);
  }

  toggleSkeleton() {
    if (!this.film) return;
    this.film.skeleton.shown = !this.film.skeleton.shown;
    this.film.draw();
  }

  toggleHealthy() {
    if (this.curves.norm) this.controls.healthy(this.curves.toggleNorm());
  }

  moved() {
    this.lanes.drawCursor(this.cursor_s);
    this.curves.drawCursor();
    this.controls.place(this.frame, this.cursor_s);
    if (this.player.playing) this.axis.reveal(this.cursor_s);
    this.look();
  }

  /** Strides that the cursor stands in were looked at. */
  look() {
    const before = this.seen.size;
    for (const { stride } of this.model.openStrides) {
      if (stride.start_s <= this.cursor_s && stride.stop_s > this.cursor_s) this.seen.add(stride.start_event);
    }
    if (this.seen.size > before) this.notes.show();
  }

  viewChanged() {
    this.lanes.place();
    this.lanes.drawCursor(this.cursor_s);
    this.curves.draw();
  }

  /** Something that is shown may have changed, anywhere. */
  changed() {
    this.model.renew();
    if (this.lanes.selected && !this.model.event(this.lanes.selected)) this.lanes.selected = null;
    if (this.curves.angles !== this.model.angles) this.curves.take();
    this.lanes.draw();
    this.curves.draw();
    this.film?.draw();
    this.measures.show();
    this.notes.show();
    this.report.show();
    this.controls.chosen(this.lanes.selected && this.model.event(this.lanes.selected));
  }

  // ---- what is chosen

  select(id, focus = false) {
    this.edits.settle();
    const event = this.model.event(id);
    if (!event) return;
    this.lanes.select(id, focus);
    this.controls.chosen(event);
    this.seek(event.time_s);
  }

  chooseNothing() {
    this.messages.quiet();
    this.lanes.select(null);
    this.film?.skeleton.pick(null);
    this.controls.chosen(null);
    document.activeElement?.blur();
  }

  nextEvent(by) {
    const { events } = this.model;
    const now = this.cursor_s;
    // From the chosen event, unless the reader has gone elsewhere since.
    const at = events.findIndex((one) => one.id === this.lanes.selected && this.model.frameAt(one.time_s) === this.frame);
    const next = at >= 0 ? events[at + by] : by > 0 ? events.find((one) => one.time_s > now) : events.findLast((one) => one.time_s < now);
    if (next) this.select(next.id, true);
  }

  /** While an event is dragged the video shows where it would be. */
  drag(event) {
    this.dragged = event;
    if (event) this.player.go(this.model.frameAt(event.time_s));
    this.curves.draw(); // the healthy follow
  }

  goTo(what) {
    const [kind, first, second] = what.split(" ");
    const event = this.model.event(kind === "stride" ? second : first);
    if (event) this.select(event.id, true);
    else this.messages.tell("It is no longer there.");
  }

  nextNeed() {
    const found = this.model.openNeeds.find((need) => ["event", "stride"].includes(need.what.split(" ")[0]));
    this.notes.open("needs");
    if (found) this.goTo(found.what);
  }

  // ---- corrections on their way

  correct(...corrections) {
    const sent = corrections.map((one) => this.keeper.push(one));
    this.model.waiting = this.keeper.waiting;
    this.changed();
    requestAnimationFrame(() => sent.forEach((one) => measured("drawn", one)));
  }

  stored(row, sent) {
    measured("stored", sent);
    this.toForesee ??= sent;
    this.model.add([row]);
    // The event that was added has its true name now.
    this.changed();
    this.foresee();
  }

  refused(problem, sent) {
    this.changed();
    this.messages.warn(`Not stored: ${problem}. ${capital(told(sent.correction, (id) => this.model.event(id)))} was taken back.`);
  }

  conflict(since, held) {
    this.model.add(since);
    this.changed();
    this.foresee();
    const event = (id) => this.model.event(id) ?? this.model.machineEvent(id);
    const theirs = since.map((row) => `${row.by} ${told(row.correction, event)}`).join("; ");
    const mine = held.map((one) => told(one.correction, event)).join("; ");
    this.notes.open("history");
    this.messages.warn(
      `While you worked: ${theirs}. This is shown now. Your own change was not stored: ${mine}.`,
      [["Store mine too", () => this.correct(...held.map((one) => one.correction))], ["Drop mine", () => {}]],
    );
  }

  status(word, problem, n) {
    this.saved.dataset.word = word;
    this.saved.textContent = { saved: "Saved", saving: "Saving …", trying: `Not saved: ${n}` }[word];
    if (word === "trying" && this.messages.kind !== "ended") this.messages.warn(`Not saved: ${problem}. ${n === 1 ? "One change is" : `${n} changes are`} kept in this page, which keeps trying.`, [], "trying");
    if (word === "saved" && this.messages.kind === "trying") this.messages.quiet();
  }

  /** What the corrections come to, from the server; asked once for changes that follow each other. */
  foresee() {
    clearTimeout(this.foreseeing);
    this.measures.element.toggleAttribute("data-waiting", true);
    this.foreseeing = setTimeout(() => this.askPreview(), this.model.preview ? PREVIEW_MS : 0);
    return new Promise((done) => this.waitForPreview.push(done));
  }

  async askPreview() {
    const waiting = this.waitForPreview.splice(0);
    try {
      this.model.takePreview(await ask("GET", `/visits/${this.visit}/preview`));
      this.measures.element.toggleAttribute("data-waiting", this.model.preview.n_corrections < this.model.number);
      this.changed();
      if (this.toForesee) measured("foreseen", this.toForesee);
      this.toForesee = null;
    } catch (error) {
      this.messages.warn(`The measures could not be worked out: ${error.message}`);
    }
    for (const done of waiting) done();
  }

  /** Whether another reader, or a worker, did something meanwhile. */
  async poll() {
    if (document.hidden || this.keeper.busy || this.report.busy) return;
    try {
      const now = await ask("GET", `/visits/${this.visit}/corrections?after=${this.model.number}`, undefined, true);
      const other = now.version !== this.model.version || now.state !== this.model.state;
      if (this.keeper.busy) return;
      if (this.model.add(now.corrections)) {
        this.keeper.seen(this.model.number);
        this.messages.tell(`${now.corrections.at(-1).by} corrected this visit meanwhile; it is shown now.`);
        this.changed();
        this.foresee();
      }
      if (other) await this.reread();
    } catch {
      // Asked again soon; a change that cannot be stored says so itself.
    }
  }

  async reread() {
    this.model.take(await ask("GET", `/visits/${this.visit}/review`));
    this.keeper.seen(this.model.number);
    this.model.waiting = this.keeper.waiting;
    this.changed();
    await this.foresee();
  }

  showKeys() {
    showKeys();
  }
}

/** How long it took since the hand let go: benchmarks/clinic_review.py reads it. */
function measured(what, sent) {
  const end = performance.now();
  performance.measure(`kinelab:${what}`, { start: Math.min(sent.asked, end), end, detail: sent.correction.kind });
}

async function ready() {
  let root = null;
  while (!(root = document.getElementById("review"))) await new Promise(requestAnimationFrame);
  try {
    const page = new Page(root, await ask("GET", `/visits/${root.dataset.visit}/review`));
    await page.start();
  } catch (error) {
    root.replaceChildren(make("div", { class: "kc-said", "data-kind": "bad", role: "alert" }, `This review cannot be shown: ${error.message}`));
  }
}

ready();
