// Brings corrections to the server one by one, in order, and keeps those that it has not confirmed. They outlive
// a reload of the page in sessionStorage; a request that had no answer is repeated until it has one.

import { Refused, ask, leaving } from "../clinic.js";

const AGAIN_MS = 1500;
const AGAIN = new Set([408, 429, 500, 502, 503, 504, 507]); // busy, or the disk: not the correction's fault

export class Keeper {
  // tell: { stored(row, sent), refused(problem, sent), conflict(since, held), status(word, problem, n) }
  constructor(visit, me, tell) {
    this.path = `/visits/${visit}/corrections`;
    this.key = `kinelab:review:${visit}:${me}`;
    this.me = me;
    this.tell = tell;
    this.number = 0;
    this.waiting = [];
    this.busy = false;
    window.addEventListener("beforeunload", (event) => {
      if (this.waiting.length && !leaving()) event.preventDefault();
    });
  }

  /** Once, with the number of corrections that the page has seen; gives back what waits from before a reload. */
  start(number) {
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    this.waiting = kept?.waiting ?? [];
    this.number = this.waiting.length ? Math.min(kept.number, number) : number;
    this.send();
    return this.waiting;
  }

  push(correction) {
    const one = { correction, asked: performance.now() };
    this.waiting.push(one);
    this.remember();
    this.send();
    return one;
  }

  /** The page shows the list up to here now. What waits is checked against what it saw when it was made. */
  seen(number) {
    if (!this.waiting.length) this.number = Math.max(this.number, number);
  }

  remember() {
    sessionStorage.setItem(this.key, JSON.stringify({ number: this.number, waiting: this.waiting }));
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    while (this.waiting.length) {
      this.tell.status("saving", "", this.waiting.length);
      const problem = await this.sendFirst();
      if (problem) {
        this.tell.status("trying", problem, this.waiting.length);
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
    this.busy = false;
    this.tell.status("saved", "", 0);
  }

  /** The problem that makes it worth to try again, or "". */
  async sendFirst() {
    const one = this.waiting[0];
    try {
      this.done(await ask("POST", this.path, { after_number: this.number, correction: one.correction }), one);
      return "";
    } catch (error) {
      if (!(error instanceof Refused)) return "no answer from the server";
      if (error.isLoginOver) return "your login has ended";
      if (AGAIN.has(error.status)) return error.message;
      if (error.status === 409 && error.body.since) return this.conflict(error.body.since, one);
      this.drop(1);
      this.tell.refused(error.message, one);
      return "";
    }
  }

  done(row, one) {
    this.number = row.number;
    this.drop(1);
    this.tell.stored({ correction: one.correction, by: this.me, at: new Date().toISOString(), ...row }, one);
  }

  conflict(since, one) {
    this.number = Math.max(this.number, ...since.map((row) => row.number));
    // An answer that was lost on its way: the first of those in between is this very correction.
    const [first, ...later] = since;
    const mine = first.by === this.me && same(first.correction, one.correction);
    if (mine) {
      this.drop(1);
      this.tell.stored(first, one);
    }
    if (!mine || later.length) this.tell.conflict(mine ? later : since, this.drop(this.waiting.length));
    return "";
  }

  drop(n) {
    const gone = this.waiting.splice(0, n);
    this.remember();
    return gone;
  }
}

function same(a, b) {
  return Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);
}
