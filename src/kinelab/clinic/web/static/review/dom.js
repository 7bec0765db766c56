// Small helpers for the page's elements. Texts of people only ever become text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (/^(aria|data)-/.test(key) && typeof value === "boolean") made.setAttribute(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** An element. Attributes that are functions listen: { click: act }. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function drawn(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A button with words, or with a sign and a name for screen readers. */
export function button(text, act, attributes = {}) {
  return make("button", { type: "button", class: "kr-button", click: act, ...attributes }, text);
}

/** A canvas's context in CSS pixels, cleared, sharp on any screen. */
export function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Call `draw` once before the next picture of the screen, however often it was asked for. */
export function once(draw) {
  let wanted = null;
  return () => {
    wanted ??= requestAnimationFrame(() => {
      wanted = null;
      draw();
    });
  };
}
