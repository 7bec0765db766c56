// The labelling page: which frame and landmark is meant, what a key or a click does, what is shown.

import { Keeper, pageId } from "./keeper.js";
import { actions, pressed } from "./keys.js";
import { LandmarkList, Strip } from "./panel.js";
import { Pictures, problemOf } from "./pictures.js";
import { Stage } from "./stage.js";
import { Tabs } from "./tabs.js";

const NONE = [null, null, "unlabelled"];
const byId = (id) => document.getElementById(id);

async function ask(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(await problemOf(answer));
  return answer.json();
}

const framesOf = (marks) => new Map(Object.entries(marks).map(([frame, said]) => [Number(frame), said]));

class Page {
  constructor(video) {
    this.id = pageId();
    this.video = video;
    this.pictures = new Pictures();
    this.light = { brightness: 1, contrast: 1 };
    this.banner = byId("stage").appendChild(Object.assign(document.createElement("div"), { className: "kl-banner", role: "alert", hidden: true }));
    this.stage = new Stage(byId("stage"), byId("loupe"), {
      click: (x, y, near, event) => this.clicked(x, y, near, event),
      drop: (k, x, y) => this.put({ [k]: [x, y, this.marks()[k][2]] }, k),
    });
    this.keeper = new Keeper(this.id, video, {
      saved: (answer, edit) => this.saved(answer, edit),
      refused: (problem, edit) => this.refused(problem, edit),
      conflict: (now, lost) => this.conflict(now, lost),
      status: (word, problem, n) => this.status(word, problem, n),
    });
  }

  async start() {
    this.data = await ask(`/api/video/${this.video}?page=${this.id}`);
    const { landmarks, colours, links, frames } = this.data;
    this.said = framesOf(this.data.marks);
    this.list = new LandmarkList(byId("landmarks"), landmarks, colours, (k) => this.choose(k));
    this.strip = new Strip(byId("strip"), frames.map((f) => f.number), (at) => this.go(at), (by) => this.step(by));
    Object.assign(this.stage.scene, { links, colours, names: landmarks });
    const key = `${this.data.place}:${this.data.rater}:${this.video}`;
    const waiting = this.keeper.start(this.data.version, key);
    this.tabs = new Tabs(key, {
      other: () => this.warn("This video is open in another window too; what is changed in one is shown in both."),
      saved: () => this.reread(),
    });
    for (const edit of waiting) if (edit.do === "put") this.apply(edit.frame, edit.marks);
    if (!frames.length) {
      this.warn("No frame of this video was chosen yet: kinelab keypoints frames PROJECT chooses some.");
      return;
    }
    const before = sessionStorage.getItem(`kinelab:at:${this.video}`);
    const at = frames.findIndex((f) => String(f.number) === before);
    if (at >= 0) this.go(at);
    else this.goUnlabelled();
    if (!this.said.size) this.tell(`A click places ${landmarks[0]}. The key ? lists all keys.`);
  }

  get frame() {
    return this.data.frames[this.at].number;
  }

  marks(frame = this.frame) {
    return this.said.get(frame) ?? this.data.landmarks.map(() => NONE);
  }

  // ---- where we are

  async go(at, chosen = null) {
    this.at = at;
    this.ghost = null;
    sessionStorage.setItem(`kinelab:at:${this.video}`, this.frame);
    const missing = this.marks().findIndex((mark) => mark[2] === "unlabelled");
    this.chosen = chosen ?? (missing >= 0 ? missing : Math.min(this.chosen ?? 0, this.data.landmarks.length - 1));
    this.show();
    const frame = this.data.frames[at];
    try {
      const picture = await this.pictures.get(frame.picture);
      if (this.data.frames[this.at] !== frame) return; // gone on meanwhile
      if (!this.warning) this.quiet();
      this.stage.show(picture);
      this.stage.element.dataset.frame = frame.number;
      for (const near of [at + 1, at - 1]) if (this.data.frames[near]) this.pictures.get(this.data.frames[near].picture).catch(() => {});
    } catch (error) {
      this.warn(`Frame ${frame.number}: ${error.message}`);
    }
  }

  step(by) {
    const at = this.at + by;
    if (at >= 0 && at < this.data.frames.length) this.go(at);
  }

  goUnlabelled() {
    const at = this.data.frames.findIndex((f) => this.marks(f.number).some((mark) => mark[2] === "unlabelled"));
    if (at < 0) this.tell("Every frame of this video is complete.");
    this.go(Math.max(at, 0));
  }

  choose(k) {
    const n = this.data.landmarks.length;
    this.chosen = (k + n) % n;
    this.show();
  }

  nextMissing(from) {
    const marks = this.marks();
    const n = marks.length;
    for (let i = 1; i <= n; i++) if (marks[(from + i) % n][2] === "unlabelled") return (from + i) % n;
    return from;
  }

  // ---- what is said

  apply(frame, marks) {
    const now = this.marks(frame).slice();
    for (const [name, mark] of Object.entries(marks)) now[this.data.landmarks.indexOf(name)] = mark;
    this.said.set(frame, now);
  }

  // marks by column; the page shows them at once and the keeper brings them to the server
  put(marks, next = null) {
    const named = Object.fromEntries(Object.entries(marks).map(([k, mark]) => [this.data.landmarks[k], mark]));
    if (!Object.keys(named).length) return;
    this.apply(this.frame, named);
    if (next !== null) this.chosen = next;
    this.keeper.push({ do: "put", frame: this.frame, marks: named });
    this.show();
    if (this.marks().every((mark) => mark[2] !== "unlabelled")) this.tell("Frame complete. → goes to the next.");
  }

  clicked(x, y, near, event) {
    const state = this.marks()[this.chosen][2];
    if (near >= 0 && state !== "unlabelled") return this.choose(near);
    const kept = state === "occluded" || event.shiftKey ? "occluded" : "visible";
    this.apply(this.frame, { [this.data.landmarks[this.chosen]]: [x, y, kept] });
    const next = state === "unlabelled" ? this.nextMissing(this.chosen) : this.chosen;
    this.put({ [this.chosen]: [x, y, kept] }, next);
  }

  setState(state) {
    const [x, y, now] = this.marks()[this.chosen];
    if (state === "occluded") {
      if (x === null) return this.tell("Place it first, then O says that it is occluded; or Shift and click.");
      return this.put({ [this.chosen]: [x, y, now === "occluded" ? "visible" : "occluded"] }, this.chosen);
    }
    if (now === state) return undefined;
    this.apply(this.frame, { [this.data.landmarks[this.chosen]]: [null, null, state] });
    return this.put({ [this.chosen]: [null, null, state] }, state === "absent" ? this.nextMissing(this.chosen) : this.chosen);
  }

  nudge(dx, dy) {
    const [x, y, state] = this.marks()[this.chosen];
    if (x === null || !this.stage.picture) return;
    this.put({ [this.chosen]: [...this.stage.inside(x + dx, y + dy), state] }, this.chosen);
  }

  copy() {
    const earlier = this.data.frames.slice(0, this.at).reverse();
    const from = earlier.find((f) => this.marks(f.number).some((mark) => mark[0] !== null));
    if (!from) return this.tell("No frame before this one is labelled.");
    const there = this.marks(from.number);
    return this.fill(there, `copied from frame ${from.number}`);
  }

  // Only what is missing: nothing that the rater placed is replaced.
  fill(there, words) {
    const fresh = {};
    this.marks().forEach((mark, k) => {
      if (mark[2] === "unlabelled" && there[k] && there[k][2] !== "unlabelled") fresh[k] = there[k];
    });
    const n = Object.keys(fresh).length;
    if (!n) return this.tell("Nothing is missing here that could be filled.");
    this.put(fresh, this.chosen);
    return this.tell(`${n} ${words}`);
  }

  async propose() {
    if (this.ghost) {
      const places = this.ghost.places.map((place) => place && [...place, "visible"]);
      const source = this.ghost.source;
      this.ghost = null;
      return this.fill(places, `accepted from ${source}`);
    }
    const frame = this.frame;
    this.tell("Asking for a proposal ...");
    try {
      const ghost = await ask(`/api/proposal/${this.video}/${frame}?page=${this.id}`);
      if (frame !== this.frame) return undefined;
      this.ghost = ghost;
      this.tell(`Proposed by ${ghost.source}: G accepts all that is missing, A the chosen one, Esc none.`);
      return this.show();
    } catch (error) {
      return this.tell(`No proposal: ${error.message}`);
    }
  }

  accept() {
    const place = this.ghost?.places[this.chosen];
    if (!place) return this.tell("There is no proposal for this landmark; G asks for one.");
    this.apply(this.frame, { [this.data.landmarks[this.chosen]]: [...place, "visible"] });
    return this.put({ [this.chosen]: [...place, "visible"] }, this.nextMissing(this.chosen));
  }

  async others() {
    this.showOthers = !this.showOthers;
    if (this.showOthers) {
      const said = await ask(`/api/others/${this.video}`).catch((error) => ({ raters: {}, problem: error.message }));
      this.theirs = Object.values(said.raters);
      if (said.problem) this.tell(said.problem);
      else if (said.blind) this.tell("Other raters' labels are shown once your own are complete for this video.");
      else this.tell(this.theirs.length ? `White: ${Object.keys(said.raters).join(", ")}` : "No one else has labelled this video.");
    }
    this.show();
  }

  // ---- what the server says

  saved(answer, edit) {
    this.steps = [answer.undo, answer.redo];
    for (const [frame, marks] of Object.entries(answer.marks)) {
      const later = this.keeper.pending.some((edit) => edit.frame === Number(frame) || edit.do !== "put");
      if (!later) this.said.set(Number(frame), marks);
    }
    const at = this.data.frames.findIndex((f) => f.number === answer.frame);
    if (edit.do !== "put" && at >= 0 && at !== this.at) this.go(at);
    this.tabs.saved();
    this.show();
  }

  refused(problem, edit) {
    if (edit.do !== "put") return this.tell(problem[0].toUpperCase() + problem.slice(1) + ".");
    this.warn(`Not stored: ${problem}`);
    return this.reread();
  }

  async reread() {
    try {
      const now = await ask(`/api/video/${this.video}?page=${this.id}`);
      if (this.keeper.pending.length) return; // settled when that is sent
      this.keeper.seen(now.version);
      this.take(now);
    } catch (error) {
      this.warn(error.message);
    }
  }

  take(now) {
    if (String(now.landmarks) !== String(this.data.landmarks)) {
      this.warn("The project's landmarks were changed meanwhile (renamed, added, removed); what you did last was not stored.", ["Show them", () => window.location.reload()]);
      return false;
    }
    this.said = framesOf(now.marks);
    this.steps = [now.undo, now.redo];
    this.show();
    return true;
  }

  conflict(now, lost) {
    if (!this.take(now)) return;
    const puts = lost.filter((edit) => edit.do === "put");
    const what = puts.length === 1 ? `${Object.keys(puts[0].marks).join(", ")} in frame ${puts[0].frame}` : `${puts.length} changes`;
    this.warn(
      "These labels were changed in another window. They are shown as they are now" +
        (puts.length ? `; your last change (${what}) was not stored.` : "."),
      puts.length ? ["Store mine too", () => puts.forEach((edit) => {
        this.apply(edit.frame, edit.marks);
        this.keeper.push(edit);
      })] : null,
    );
  }

  stepBack(what) {
    this.keeper.push({ do: what });
  }

  status(word, problem, n) {
    const shown = byId("saved");
    shown.dataset.word = word;
    shown.textContent = { saved: "Saved", saving: "Saving", trying: `Not saved: ${n}` }[word];
    if (word === "trying") this.warn(`Not saved: ${problem}. ${n === 1 ? "One change is" : `${n} changes are`} kept in this page, which keeps trying.`, null, "trying");
    if (word === "saved" && this.warning === "trying") this.quiet();
  }

  // ---- messages: a banner over the picture stays until it is read, a hint goes by itself

  warn(text, action = null, kind = "warning") {
    this.warning = kind;
    this.banner.replaceChildren(text);
    this.banner.dataset.kind = kind;
    const button = (label, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      made.addEventListener("click", () => (this.quiet(), act(), this.show()));
      made.addEventListener("pointerdown", (event) => event.stopPropagation());
      this.banner.append(made);
    };
    if (action) button(...action);
    if (kind === "warning") button("Understood", () => {});
    this.banner.hidden = false;
  }

  tell(text) {
    if (this.warning) return;
    clearTimeout(this.hint);
    this.banner.replaceChildren(text);
    this.banner.dataset.kind = "hint";
    this.banner.hidden = false;
    this.hint = setTimeout(() => this.warning || this.quiet(), 4000);
  }

  quiet() {
    this.warning = null;
    this.banner.hidden = true;
  }

  show() {
    if (this.at === undefined) return;
    const marks = this.marks();
    const ghosts = this.ghost ? this.ghost.places.map((place, k) => (marks[k][2] === "unlabelled" ? place : null)) : [];
    const others = this.showOthers ? (this.theirs ?? []).map((frames) => frames[this.frame] ?? []) : [];
    Object.assign(this.stage.scene, { marks: marks.slice(), ghosts, others, chosen: this.chosen, showNames: this.showNames });
    this.stage.draw();
    const all = this.data.frames.map((f) => this.marks(f.number));
    const counts = marks.map((_, k) => all.filter((frame) => frame[k][2] !== "unlabelled").length);
    this.list.show(marks, this.chosen, counts, all.length);
    const fills = all.map((frame) => {
      const done = frame.filter((mark) => mark[2] !== "unlabelled").length;
      return done === frame.length ? "complete" : done ? "part" : "none";
    });
    const time = this.data.rate_hz ? `  ${(this.frame / this.data.rate_hz).toFixed(2)} s` : "";
    this.strip.show(this.at, `${this.at + 1} of ${all.length}`, fills);
    byId("place").textContent = `frame ${this.frame}${time}`;
    byId("stage").dataset.chosen = this.data.landmarks[this.chosen];
    const [back, forth] = this.steps ?? [this.data.undo, this.data.redo];
    for (const [name, n] of [["undo", back], ["redo", forth]]) document.querySelector(`[data-act=${name}]`)?.classList.toggle("kl-faint", !n);
  }

  setLight(what, value) {
    this.light[what] = Number(value);
    this.stage.light(this.light.brightness, this.light.contrast);
  }
}

async function ready() {
  while (!byId("loupe") || !byId("strip")) await new Promise(requestAnimationFrame);
  const page = new Page(document.querySelector(".kl-page").dataset.video);
  const acts = actions(page);
  window.kinelabLabel = {
    act: (name) => (acts[name](), byId("stage").focus()),
    light: (what, value) => page.setLight(what, value),
  };
  document.addEventListener("keydown", (event) => pressed(event, page, acts));
  byId("stage").focus();
  try {
    await page.start();
  } catch (error) {
    page.warn(error.message);
  }
}

ready();
