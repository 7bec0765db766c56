// The video with the skeleton over it: exact frames, speed, zoom; what stands still can be dragged.

import { make, once } from "./dom.js";
import { Skeleton } from "./skeleton.js";

const STILL_PX = 3; // less than that is a click, not a drag
const MOST_ZOOM = 16;

export class Film {
  // acts: { frame(frame), landmark(correction), refused(why), playing(is) }
  constructor(model, acts) {
    Object.assign(this, { model, acts, frame: 0, wanted: null, playing: false, speed: 1 });
    this.held = null; // what the pointer has taken: a landmark or the picture
    this.place = { scale: 1, x: 0, y: 0 }; // of the fitted picture: zoom, and shift in screen px
    const about = model.machine.video;
    this.size = [about.width_px, about.height_px];
    this.rate = about.rate_hz ?? model.machine.rate_hz;
    this.video = make("video", { muted: true, playsinline: true, preload: "auto", disablepictureinpicture: true, src: model.files + about.file });
    this.video.muted = true;
    this.canvas = make("canvas");
    this.readout = make("output", { class: "kr-readout" });
    this.element = make("div", { class: "kr-film", tabindex: 0, role: "group", "aria-label": "video with landmarks; N and P choose one, Alt and arrows move it" }, this.video, this.canvas, this.readout);
    this.skeleton = new Skeleton(model, this, { landmark: acts.landmark, refused: acts.refused, named: (text) => (this.readout.textContent = text) });
    this.draw = once(() => this.skeleton.draw(this.canvas, this.element.clientWidth, this.element.clientHeight));
    new ResizeObserver(() => this.placed()).observe(this.element);
    this.listen();
    this.watch();
  }

  async start() {
    await this.skeleton.load();
    this.draw();
  }

  // ---- frames

  /** Show a frame; while one is being sought only the newest wish counts. */
  go(frame) {
    frame = Math.min(this.model.frames - 1, Math.max(0, frame));
    if (this.playing) this.pause();
    this.wanted = frame;
    this.seek();
    this.at(frame);
  }

  seek() {
    if (this.wanted === null || this.video.seeking || !this.video.readyState) return;
    const time = (this.wanted + 0.5) / this.rate; // the middle: no rounding picks the neighbour
    this.wanted = null;
    if (Math.abs(this.video.currentTime - time) > 0.1 / this.rate) this.video.currentTime = time;
  }

  at(frame) {
    if (frame === this.frame) return this.draw();
    this.skeleton.settle(); // what was moved by keys belongs to the frame before
    this.frame = frame;
    this.element.dataset.frame = frame;
    this.draw();
    this.acts.frame(frame);
    return undefined;
  }

  play() {
    if (this.frame >= this.model.frames - 1) this.go(0);
    this.video.playbackRate = this.speed;
    this.playing = true;
    this.video.play().catch(() => this.pause());
    this.acts.playing(true);
  }

  pause() {
    this.playing = false;
    this.video.pause();
    this.acts.playing(false);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.video.playbackRate = speed;
  }

  /** Follows what the screen really shows. */
  watch() {
    const shown = (media_s) => {
      if (this.playing) this.at(Math.min(this.model.frames - 1, Math.floor(media_s * this.rate + 0.01)));
    };
    if ("requestVideoFrameCallback" in this.video) {
      const next = (_, about) => {
        shown(about.mediaTime);
        this.element.dataset.shown = Math.floor(about.mediaTime * this.rate + 0.01);
        this.video.requestVideoFrameCallback(next);
      };
      this.video.requestVideoFrameCallback(next);
    } else {
      this.video.addEventListener("timeupdate", () => shown(this.video.currentTime));
    }
    this.video.addEventListener("loadedmetadata", () => this.placed());
    this.video.addEventListener("loadeddata", () => this.seek());
    this.video.addEventListener("seeked", () => this.seek());
    this.video.addEventListener("ended", () => {
      this.pause();
      this.at(this.model.frames - 1);
    });
    this.video.addEventListener("error", () => (this.readout.textContent = "The video cannot be shown by this browser."));
  }

  // ---- where the picture lies on the screen

  get fit() {
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    const scale = Math.min(width / this.size[0], height / this.size[1]);
    return { scale, x: (width - this.size[0] * scale) / 2, y: (height - this.size[1] * scale) / 2 };
  }

  toScreen(x, y) {
    const { scale, x: left, y: top } = this.fit;
    return [(left + (x + 0.5) * scale) * this.place.scale + this.place.x, (top + (y + 0.5) * scale) * this.place.scale + this.place.y];
  }

  toPicture(x, y) {
    const { scale, x: left, y: top } = this.fit;
    return [((x - this.place.x) / this.place.scale - left) / scale - 0.5, ((y - this.place.y) / this.place.scale - top) / scale - 0.5];
  }

  zoom(factor, x = this.element.clientWidth / 2, y = this.element.clientHeight / 2) {
    const scale = Math.min(MOST_ZOOM, Math.max(1, this.place.scale * factor));
    this.place.x = x - ((x - this.place.x) / this.place.scale) * scale;
    this.place.y = y - ((y - this.place.y) / this.place.scale) * scale;
    this.place.scale = scale;
    this.placed();
  }

  placed() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const { scale } = this.place;
    this.place.x = Math.min(0, Math.max(width * (1 - scale), this.place.x));
    this.place.y = Math.min(0, Math.max(height * (1 - scale), this.place.y));
    const { scale: fitted, x, y } = this.fit;
    Object.assign(this.video.style, { left: `${x}px`, top: `${y}px`, width: `${this.size[0] * fitted}px`, height: `${this.size[1] * fitted}px` });
    this.video.style.transformOrigin = `${-x}px ${-y}px`;
    this.video.style.transform = `translate(${this.place.x}px, ${this.place.y}px) scale(${scale})`;
    this.draw();
  }

  // ---- pointer

  local(event) {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  listen() {
    const on = (name, act, options) => this.element.addEventListener(name, act, options);
    on("contextmenu", (event) => event.preventDefault());
    on("dblclick", () => this.zoom(1 / this.place.scale));
    on("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 33 : 1) * 0.0016), ...this.local(event));
    }, { passive: false });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.moved(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.letGo());
  }

  press(event) {
    const [x, y] = this.local(event);
    this.element.setPointerCapture(event.pointerId);
    const k = event.button === 0 && !this.playing && this.model.may.correct ? this.skeleton.near(x, y) : null;
    const from = k === null ? null : this.skeleton.mark(k);
    this.held = { x, y, k, from, moved: false, lastX: x, lastY: y };
  }

  moved(event) {
    const [x, y] = this.local(event);
    const held = this.held;
    if (!held) {
      this.element.style.cursor = this.playing || !this.skeleton.movable || this.skeleton.near(x, y) === null ? "default" : "grab";
      return;
    }
    if (!held.moved && Math.hypot(x - held.x, y - held.y) <= STILL_PX) return;
    if (!held.moved && held.k !== null && this.skeleton.refuses()) held.k = null; // the picture is moved instead
    held.moved = true;
    if (held.k === null) {
      this.place.x += x - held.lastX;
      this.place.y += y - held.lastY;
      this.placed();
    } else {
      // The landmark keeps its distance to the pointer that took it, so that taking it does not move it.
      const [px, py] = this.toPicture(x, y);
      const [qx, qy] = this.toPicture(held.x, held.y);
      this.skeleton.drag(held.k, held.from.x + px - qx, held.from.y + py - qy);
    }
    [held.lastX, held.lastY] = [x, y];
  }

  release() {
    const { held } = this;
    this.held = null;
    if (!held) return;
    if (held.k !== null || !held.moved) this.skeleton.pick(held.k);
    this.skeleton.settle();
  }

  letGo() {
    this.held = this.skeleton.held = null;
    this.draw();
  }
}
