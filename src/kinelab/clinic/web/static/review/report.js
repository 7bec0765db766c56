// Making the report new from the corrections, and signing it.

import { ask } from "../clinic.js";
import { askSignature } from "./dialogs.js";
import { button, make } from "./dom.js";
import { timeOfDay } from "./words.js";

const POLL_MS = 500;
const ENDED = new Set(["done", "failed", "cancelled"]);

export class Report {
  // acts: { reread(), warn(text), tell(text) }
  constructor(visit, model, acts) {
    Object.assign(this, { visit, model, acts, busy: false });
    this.chip = make("span", { class: "kc-chip" });
    this.words = make("span", { class: "kr-quiet kr-report-words" });
    this.progress = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "making the report new" });
    this.renew = button("Make the report new", () => this.rebuild());
    this.sign = button("Sign …", () => this.signed(), { class: "kr-button kr-main-button" });
    this.element = make("div", { class: "kr-report" }, this.chip, this.words, this.progress, this.renew, this.sign);
  }

  show() {
    const { state, version, behind, may, signatures } = this.model;
    this.chip.textContent = `Version ${version}: ${state}`;
    this.chip.dataset.kind = state === "final" ? "good" : state === "superseded" ? "warn" : "";
    const amends = behind > 0 && signatures.some((one) => one.meaning === "final");
    const signed = signatures.map((one) => `${one.meaning === "final" ? "final" : "read"} by ${one.user}, ${timeOfDay(one.signed_at)}`).join("; ");
    const waits = `${behind === 1 ? "One correction is" : `${behind} corrections are`} not in the report yet`;
    this.words.textContent = this.busy ? this.message ?? "" : amends ? `Signed. ${waits}: an amendment begins` : behind ? waits : signed || "";
    this.words.title = [signed, this.words.textContent].filter(Boolean).join("; ");
    this.renew.hidden = !may.correct;
    this.renew.disabled = this.busy || !behind;
    this.sign.hidden = !may.sign;
    this.sign.disabled = this.busy || (state === "final" && !behind);
  }

  async rebuild() {
    this.busy = true;
    this.message = "waiting for a worker";
    this.progress.hidden = false;
    this.show();
    try {
      let job = await ask("POST", `/visits/${this.visit}/rebuild`);
      while (!ENDED.has(job.state)) {
        await new Promise((done) => setTimeout(done, POLL_MS));
        job = await ask("GET", `/jobs/${job.id}`, undefined, true);
        this.message = job.message || job.state;
        this.progress.value = job.progress ?? 0;
        this.show();
      }
      if (job.state !== "done") throw new Error(job.message || `the work was ${job.state}`);
      await this.acts.reread();
      this.acts.tell(`The report is new: version ${this.model.version}.`);
    } catch (error) {
      this.acts.warn(`The report was not made new: ${error.message}`);
    }
    this.busy = false;
    this.progress.hidden = true;
    this.show();
  }

  async signed() {
    await this.acts.reread(); // what is signed is what is there now, not what this page saw an hour ago
    const answer = await askSignature(this.model);
    if (!answer) return;
    try {
      await ask("POST", `/results/${this.model.resultId}/signatures`, answer);
      await this.acts.reread();
      this.acts.tell(answer.meaning === "final" ? `Version ${this.model.version} is final.` : "Your reading is recorded.");
    } catch (error) {
      this.acts.warn(`Not signed: ${error.message}`);
    }
    this.show();
  }
}
