// The clock of a recording without a video: the same steps and the same playing, with nothing to look at but curves.

export class Silent {
  constructor(model, acts) {
    Object.assign(this, { model, acts, frame: 0, playing: false, speed: 1 });
  }

  go(frame) {
    if (this.playing) this.pause();
    this.at(Math.min(this.model.frames - 1, Math.max(0, frame)));
  }

  at(frame) {
    if (frame === this.frame) return;
    this.frame = frame;
    this.acts.frame(frame);
  }

  play() {
    if (this.frame >= this.model.frames - 1) this.at(0);
    this.playing = true;
    this.acts.playing(true);
    let [before, time_s] = [performance.now(), this.model.timeOf(this.frame)];
    const next = (now) => {
      if (!this.playing) return;
      time_s += ((now - before) / 1000) * this.speed;
      before = now;
      this.at(this.model.frameAt(time_s));
      if (this.frame >= this.model.frames - 1) this.pause();
      else requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  pause() {
    this.playing = false;
    this.acts.playing(false);
  }

  setSpeed(speed) {
    this.speed = speed;
  }
}
