// Brings changes to the server one by one, in order, and keeps those that it has not confirmed.
// They outlive a reload of the page in sessionStorage; a change is sent again until it is answered.

import { problemOf } from "./pictures.js";

const AGAIN_MS = 1000;
const CONFLICT = 409;
const AGAIN = new Set([401, 403, 500, 502, 503, 507]); // no access yet, or the disk: try again

export function pageId() {
  let page = sessionStorage.getItem("kinelab:page");
  if (!page) {
    page = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem("kinelab:page", page);
  }
  return page;
}

export class Keeper {
  // tell: { saved(answer, edit), refused(problem, edit), conflict(now, lost), status(word, problem, n) }
  constructor(page, video, tell) {
    this.page = page;
    this.video = video;
    this.tell = tell;
    this.pending = [];
    this.version = "";
    this.busy = false;
    window.addEventListener("beforeunload", (event) => {
      if (this.pending.length) event.preventDefault();
    });
  }

  // Called once with what the server has; gives back what it does not have yet.
  start(version, key) {
    this.key = `kinelab:${key}`;
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    this.version = kept?.pending.length ? kept.version : version;
    this.pending = kept?.pending ?? [];
    this.send();
    return this.pending;
  }

  push(edit) {
    this.pending.push(edit);
    this.remember();
    this.send();
  }

  // Another window stored something that this page has read now; what waits here will be checked against it.
  seen(version) {
    if (!this.pending.length) this.version = version;
  }

  remember() {
    sessionStorage.setItem(this.key, JSON.stringify({ version: this.version, pending: this.pending }));
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    while (this.pending.length) {
      this.tell.status("saving", "", this.pending.length);
      const problem = await this.sendFirst();
      if (problem) {
        this.tell.status("trying", problem, this.pending.length);
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
    this.tell.status("saved", "", 0);
    this.busy = false;
  }

  // The problem that makes it worth to try again, or "".
  async sendFirst() {
    const edit = this.pending[0];
    const body = JSON.stringify({ page: this.page, video: this.video, version: this.version, ...edit });
    let answer;
    try {
      answer = await fetch("/api/edit", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (AGAIN.has(answer.status)) return await problemOf(answer);
      if (answer.status !== CONFLICT && !answer.ok) {
        const problem = await problemOf(answer);
        this.drop(1);
        this.tell.refused(problem, edit);
        return "";
      }
      answer = { status: answer.status, said: await answer.json() };
    } catch {
      return "no answer from the server; start `kinelab label` again";
    }
    if (answer.status === CONFLICT) {
      this.version = answer.said.now.version;
      this.tell.conflict(answer.said.now, this.drop(this.pending.length));
      return "";
    }
    this.version = answer.said.version;
    this.drop(1);
    this.tell.saved(answer.said, edit);
    return "";
  }

  drop(n) {
    const gone = this.pending.splice(0, n);
    this.remember();
    return gone;
  }
}
