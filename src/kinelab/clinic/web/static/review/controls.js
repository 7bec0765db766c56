// Buttons under the video and over the curves; every one of them has a key as well.

import { button, make } from "./dom.js";
import { capital, eventName, seconds } from "./words.js";

const SPEEDS = [0.1, 0.25, 0.5, 1];

/** The controls of a page: { film, time } are elements, the rest is told to them. */
export function controls(page) {
  const sign = (text, name, act, attributes = {}) => button(text, act, { class: "kr-button kr-sign", "aria-label": name, title: name, ...attributes });
  const play = sign("▶", "play (Space)", () => page.togglePlay());
  const place = make("output", { class: "kr-place", title: "frame, time" });
  const speed = make("select", { "aria-label": "speed", title: "speed (< and >)", change: () => page.player.setSpeed(Number(speed.value)) }, ...SPEEDS.map((one) => make("option", { value: one, selected: one === 1 }, `${one}×`)));
  const steps = [sign("«", "ten frames back (Shift ←)", () => page.step(-10)), sign("‹", "one frame back (←)", () => page.step(-1)), play, sign("›", "one frame on (→)", () => page.step(1)), sign("»", "ten frames on (Shift →)", () => page.step(10))];
  const player = [...steps, speed, place];
  const near = page.film ? [make("div", { class: "kc-space" }), make("span", { class: "kr-row" }, sign("−", "video farther", () => page.film.zoom(1 / 1.4)), sign("+", "video nearer (wheel)", () => page.film.zoom(1.4)), sign("Skeleton", "skeleton shown or not (S)", () => page.toggleSkeleton(), { class: "kr-button" }))] : [];
  const chosen = make("span", { class: "kr-chosen", role: "status" });
  const ways = make("span", { class: "kr-row", hidden: true },
    sign("‹", "event one frame earlier (Alt ←)", () => page.edits.nudge(-1, 0, false)), sign("›", "event one frame later (Alt →)", () => page.edits.nudge(1, 0, false)),
    button("Confirm", () => page.edits.confirmChosen(), { title: "Enter" }), button("Remove …", () => page.edits.removeChosen(), { title: "Delete" }));
  const shown = page.curves.plots.length ? [curveMenu(page), ...healthySwitch(page)] : [];
  const film = make("div", { class: "kr-controls", role: "toolbar", "aria-label": "video" }, ...(page.film ? [...player, ...near] : []));
  const time = make("div", { class: "kr-controls", role: "toolbar", "aria-label": "events and curves" },
    ...(page.film ? [] : [make("span", { class: "kc-chip" }, "No video"), ...player]), chosen, ways, make("div", { class: "kc-space" }),
    ...shown, sign("−", "curves farther (-)", () => page.axis.zoom(1 / 1.4)), sign("+", "curves nearer (+)", () => page.axis.zoom(1.4)), button("All", () => page.axis.all(), { title: "the whole recording (0)" }), button("Keys", () => page.showKeys(), { title: "all keys (?)" }));
  return {
    film,
    time,
    healthy: (is) => time.querySelector(".kr-healthy").setAttribute("aria-pressed", is),
    playing(is) {
      play.textContent = is ? "❚❚" : "▶";
      play.setAttribute("aria-label", is ? "pause (Space)" : "play (Space)");
    },
    faster(by) {
      const at = SPEEDS.indexOf(Number(speed.value)) + by;
      speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))];
      page.player.setSpeed(Number(speed.value));
    },
    place: (frame, time_s) => (place.textContent = `${frame}   ${seconds(time_s)}`),
    chosen(event) {
      chosen.textContent = event ? `${capital(eventName(event))}${event.corrected_by ? `, by ${event.corrected_by}` : ""}` : page.model.may.correct ? "Drag an event, or choose it; double click in a lane adds one; click a stride to leave it out" : "You may look, not correct";
      ways.hidden = !event || !page.model.may.correct;
    },
  };
}

/** Shows and hides how healthy people move; its title says who they are. Nothing where nobody fits. */
function healthySwitch(page) {
  const { norm } = page.curves;
  if (!norm) return [];
  const title = [`Mean ± 1 sd of ${norm.source}, under each measured stride from contact to contact.`, norm.differs, "Press to hide or show (H)."].filter(Boolean).join(" ");
  return [button("Healthy ± 1 sd", () => page.toggleHealthy(), { class: "kr-button kr-healthy", "aria-pressed": true, title })];
}

function curveMenu(page) {
  const boxes = page.curves.plots.map((plot) => {
    const box = make("input", { type: "checkbox", checked: page.curves.shown.has(plot.name), change: () => page.curves.choose(plot.name, box.checked) });
    return make("label", { class: "kr-choice" }, box, capital(plot.label));
  });
  const menu = make("details", { class: "kr-menu" }, make("summary", { class: "kr-button" }, "Curves"), make("div", { class: "kr-menu-list" }, ...boxes));
  document.addEventListener("pointerdown", (event) => menu.contains(event.target) || (menu.open = false));
  return menu;
}
