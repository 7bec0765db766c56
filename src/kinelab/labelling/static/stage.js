// The picture with its marks: drawing, zoom, pointer. What a click means is decided by label.js.

import { View } from "./view.js";

const NEAR_PX = 10; // screen px: a press so near to a mark takes it
const STILL_PX = 3; // less than that is a click, not a drag
const LOUPE = 6; // times the screen's scale, at least 6 screen px for an image px
const SVG = "http://www.w3.org/2000/svg";

export class Stage {
  // acts: { click(x, y, near, event), drop(landmark, x, y) }
  constructor(element, loupe, acts) {
    this.element = element;
    this.acts = acts;
    this.view = new View();
    this.picture = null;
    this.scene = { marks: [], ghosts: [], others: [], links: [], colours: [], names: [], chosen: 0, showNames: false };
    this.pointer = null; // image coordinates
    this.held = null; // what the pointer has taken: a mark or the picture
    this.canvas = element.appendChild(document.createElement("canvas"));
    this.svg = element.appendChild(document.createElementNS(SVG, "svg"));
    this.readout = element.appendChild(Object.assign(document.createElement("output"), { className: "kl-readout" }));
    this.loupe = loupe.appendChild(document.createElement("canvas"));
    new ResizeObserver(() => this.resized()).observe(element);
    this.listen();
  }

  get size() {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  show(picture) {
    const other = !this.picture || picture.width !== this.picture.width || picture.height !== this.picture.height;
    this.picture = picture;
    if (other || this.view.fitted) this.view.fit(picture, this.size);
    this.draw();
  }

  fit() {
    if (this.picture) this.view.fit(this.picture, this.size);
    this.draw();
  }

  zoom(factor, at) {
    if (!this.picture) return;
    const [x, y] = at ?? (this.pointer ? this.view.toScreen(...this.pointer) : [this.size.width / 2, this.size.height / 2]);
    this.view.zoomAt(x, y, factor, this.picture, this.size);
    this.draw();
  }

  light(brightness, contrast) {
    const filter = `brightness(${brightness}) contrast(${contrast})`;
    this.canvas.style.filter = this.loupe.style.filter = filter;
  }

  resized() {
    if (this.picture && this.view.fitted) this.view.fit(this.picture, this.size);
    this.draw();
  }

  // All of it, or (hovering) the loupe alone: large pictures take their time.
  draw(all = true) {
    this.stale ||= all;
    this.wanted ??= requestAnimationFrame(() => {
      this.wanted = null;
      if (this.stale) {
        this.drawPicture();
        this.drawMarks();
      }
      this.stale = false;
      this.drawLoupe();
    });
  }

  drawPicture() {
    const { width, height } = this.size;
    const context = sharp(this.canvas, width, height);
    if (!this.picture) return;
    const { scale, x, y } = this.view;
    context.imageSmoothingEnabled = scale < 3;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.picture, x, y, this.picture.width * scale, this.picture.height * scale);
  }

  drawMarks() {
    const { marks, ghosts, others, links, colours, names, chosen, showNames } = this.scene;
    const parts = [];
    const at = marks.map(([x, y]) => (x === null ? null : this.view.toScreen(x, y)));
    for (const [a, b] of links) {
      if (at[a] && at[b]) parts.push(element("line", { x1: at[a][0], y1: at[a][1], x2: at[b][0], y2: at[b][1], class: "link" }));
    }
    for (const places of others) {
      places.forEach(([x, y], k) => {
        if (x !== null) parts.push(diamond(this.view.toScreen(x, y), 6, { class: "other", "data-other": names[k] }));
      });
    }
    ghosts.forEach((place, k) => {
      if (place) parts.push(diamond(this.view.toScreen(...place), 8, { class: "ghost", stroke: colours[k], "data-ghost": names[k] }));
    });
    at.forEach((place, k) => {
      if (place) parts.push(mark(place, k === chosen, { colour: colours[k], name: names[k], state: marks[k][2], named: showNames || k === chosen }));
    });
    this.svg.replaceChildren(...parts);
  }

  drawLoupe() {
    const side = this.loupe.parentElement.clientWidth;
    const height = this.loupe.parentElement.clientHeight;
    const context = sharp(this.loupe, side, height);
    const mark = this.scene.marks[this.scene.chosen];
    const at = this.pointer ?? (mark && mark[0] !== null ? mark : null);
    if (!this.picture || !at) return;
    const scale = Math.max(6, LOUPE * this.view.scale > 24 ? this.view.scale * 2 : LOUPE * this.view.scale);
    context.imageSmoothingEnabled = false;
    const x = side / 2 - (at[0] + 0.5) * scale, y = height / 2 - (at[1] + 0.5) * scale;
    context.drawImage(this.picture, x, y, this.picture.width * scale, this.picture.height * scale);
    cross(context, side / 2, height / 2);
  }

  near(x, y) {
    let best = -1, least = NEAR_PX;
    this.scene.marks.forEach(([mx, my], k) => {
      if (mx === null) return;
      const [sx, sy] = this.view.toScreen(mx, my);
      const distance = Math.hypot(sx - x, sy - y);
      if (distance < least) [best, least] = [k, distance];
    });
    return best;
  }

  listen() {
    const on = (name, act, options) => this.element.addEventListener(name, act, options);
    on("contextmenu", (event) => event.preventDefault());
    on("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      const pinch = event.ctrlKey ? 6 : 1; // two fingers on a touchpad come as small steps with Ctrl
      this.zoom(Math.exp(-event.deltaY * lines * pinch * 0.0016), this.local(event));
    }, { passive: false });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.moved(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.letGo());
    on("pointerleave", () => {
      this.pointer = null;
      this.readout.textContent = "";
      this.draw(false);
    });
  }

  local(event) {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (!this.picture) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    const [x, y] = this.local(event);
    this.element.setPointerCapture(event.pointerId);
    const near = event.button === 0 ? this.near(x, y) : -1;
    this.held = { button: event.button, x, y, near, moved: false, from: near < 0 ? null : this.scene.marks[near].slice() };
  }

  moved(event) {
    if (!this.picture) return;
    const [x, y] = this.local(event);
    const held = this.held;
    this.pointer = this.view.toImage(x, y);
    if (held && (held.moved || Math.hypot(x - held.x, y - held.y) > STILL_PX)) {
      if (held.button !== 0) this.view.move(x - (held.lastX ?? held.x), y - (held.lastY ?? held.y), this.picture, this.size);
      else if (held.near >= 0) this.scene.marks[held.near] = [...this.dragged(x, y), held.from[2]];
      held.moved = true;
      [held.lastX, held.lastY] = [x, y];
    }
    this.readout.textContent = `x ${this.pointer[0].toFixed(1)}  y ${this.pointer[1].toFixed(1)} px   ${Math.round(this.view.scale * 100)} %`;
    this.draw(Boolean(held));
  }

  // A mark keeps its distance to the pointer that took it, so that taking it does not move it.
  dragged(x, y) {
    const { from, x: x0, y: y0 } = this.held;
    return this.inside(from[0] + (x - x0) / this.view.scale, from[1] + (y - y0) / this.view.scale);
  }

  inside(x, y) {
    const within = (v, side) => Math.min(side - 0.5, Math.max(-0.5, v));
    return [within(x, this.picture.width), within(y, this.picture.height)];
  }

  release(event) {
    const held = this.held;
    this.held = null;
    if (!held || held.button !== 0) return;
    const [x, y] = this.local(event);
    if (held.moved && held.near >= 0) {
      this.held = held;
      const place = this.dragged(x, y);
      this.held = null;
      this.acts.drop(held.near, ...place);
    } else if (!held.moved) {
      const place = this.view.toImage(held.x, held.y);
      const clamped = this.inside(...place);
      if (place[0] === clamped[0] && place[1] === clamped[1]) this.acts.click(...place, held.near, event);
    }
  }

  letGo() {
    if (this.held?.from) this.scene.marks[this.held.near] = this.held.from;
    this.held = null;
    this.draw();
  }
}

function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function cross(context, x, y) {
  for (const [colour, width] of [["rgb(0 0 0 / 60%)", 3], ["#fff", 1]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + dx * 5, y + dy * 5);
      context.lineTo(x + dx * 26, y + dy * 26);
    }
    context.stroke();
  }
}

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function diamond([x, y], r, attributes) {
  return element("path", { d: `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`, ...attributes });
}

// A ring that leaves the pixels under it free, on a dark ring so that it shows on any ground.
function mark([x, y], chosen, { colour, name, state, named }) {
  const r = chosen ? 10 : 6;
  const ring = (cls, stroke) => element("circle", { cx: x, cy: y, r, class: cls, stroke });
  const parts = [ring("halo", "#000"), ring("ring", colour), element("circle", { cx: x, cy: y, r: 1.5, fill: colour })];
  if (named) parts.push(element("text", { x: x + r + 5, y: y + 4 }, name));
  return element("g", { class: `mark ${state}${chosen ? " chosen" : ""}`, "data-landmark": name, "data-state": state }, ...parts);
}
