// Which key does what; the help lists them.

export const KEY_HELP = [
  [["←", "→"], "one frame back, on"],
  [["Shift ←", "Shift →"], "ten frames"],
  [["Home", "End"], "first, last frame"],
  [["Space"], "play, pause"],
  [["<", ">"], "slower, faster"],
  [[",", "."], "event before, next event"],
  [["Alt ←", "Alt →"], "move the chosen event by a frame (in the video: the chosen landmark by a pixel)"],
  [["Enter"], "confirm the chosen event"],
  [["Delete"], "remove the chosen event (in the video: hide the chosen landmark)"],
  [["1", "2"], "add a left contact, a left foot off at the cursor"],
  [["3", "4"], "add a right contact, a right foot off"],
  [["X", "Shift X"], "leave out or take in the left stride, the right stride at the cursor"],
  [["C"], "confirm the strides that the cursor has passed, where each is to be looked at"],
  [["G"], "go to the next open point of the review"],
  [["N", "P"], "next landmark, landmark before (in the video)"],
  [["+", "−", "0"], "curves nearer, farther, all"],
  [["S"], "skeleton shown or not"],
  [["H"], "healthy people's range shown or not"],
  [["U"], "undo the last correction of your own"],
  [["Escape"], "choose nothing"],
  [["?"], "this list"],
];

const KEYS = {
  ArrowLeft: (page) => page.step(-1),
  ArrowRight: (page) => page.step(1),
  "Shift ArrowLeft": (page) => page.step(-10),
  "Shift ArrowRight": (page) => page.step(10),
  Home: (page) => page.go(0),
  End: (page) => page.go(page.model.frames - 1),
  " ": (page) => page.togglePlay(),
  "<": (page) => page.faster(-1),
  ">": (page) => page.faster(1),
  ",": (page) => page.nextEvent(-1),
  ".": (page) => page.nextEvent(1),
  Enter: (page) => page.edits.confirmChosen(),
  Delete: (page) => page.edits.removeChosen(),
  Backspace: (page) => page.edits.removeChosen(),
  1: (page) => page.edits.add("left", "ic"),
  2: (page) => page.edits.add("left", "to"),
  3: (page) => page.edits.add("right", "ic"),
  4: (page) => page.edits.add("right", "to"),
  x: (page) => page.edits.strideAtCursor("left"),
  "Shift x": (page) => page.edits.strideAtCursor("right"),
  c: (page) => page.edits.may && page.edits.confirmSeen(page.seen),
  g: (page) => page.nextNeed(),
  n: (page) => page.film?.skeleton.choose(1),
  p: (page) => page.film?.skeleton.choose(-1),
  "+": (page) => page.axis.zoom(1.4, page.axis.toX(page.cursor_s)),
  "=": (page) => page.axis.zoom(1.4, page.axis.toX(page.cursor_s)),
  "-": (page) => page.axis.zoom(1 / 1.4, page.axis.toX(page.cursor_s)),
  0: (page) => page.axis.all(),
  s: (page) => page.toggleSkeleton(),
  h: (page) => page.toggleHealthy(),
  u: (page) => page.edits.undoLast(),
  Escape: (page) => page.chooseNothing(),
  "?": (page) => page.showKeys(),
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIGNS = "<>+=?";

/** Does what a key means, unless someone writes or a dialog is open. */
export function pressed(event, page) {
  if (document.querySelector("dialog[open]") || event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey) return;
  if (event.altKey) {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    page.edits.nudge(...ARROWS[event.key], true);
    return;
  }
  // On a button Space and Enter press it; on an event's handle they are the page's.
  const control = event.target.closest?.("button, a, summary");
  if (control && !control.matches(".kr-event") && [" ", "Enter"].includes(event.key)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = KEYS[event.shiftKey && !SIGNS.includes(key) ? `Shift ${key}` : key];
  if (!act) return;
  event.preventDefault();
  act(page);
}
