// Which key does what; the help page lists them (keys.py).

export function actions(page) {
  return {
    occluded: () => page.setState("occluded"),
    absent: () => page.setState("absent"),
    clear: () => page.setState("unlabelled"),
    copy: () => page.copy(),
    propose: () => page.propose(),
    accept: () => page.accept(),
    undo: () => page.stepBack("undo"),
    redo: () => page.stepBack("redo"),
    next: () => page.choose(page.chosen + 1),
    previous: () => page.choose(page.chosen - 1),
    nextFrame: () => page.step(1),
    previousFrame: () => page.step(-1),
    unlabelled: () => page.goUnlabelled(),
    nearer: () => page.stage.zoom(1.25),
    farther: () => page.stage.zoom(0.8),
    fit: () => page.stage.fit(),
    names: () => ((page.showNames = !page.showNames), page.show()),
    others: () => page.others(),
    help: () => window.emitEvent("kl_help"),
    escape: () => ((page.ghost = null), page.quiet(), page.show()),
  };
}

const KEYS = {
  n: "next", p: "previous", Tab: "next", "Shift Tab": "previous", ArrowDown: "next", ArrowUp: "previous",
  ArrowRight: "nextFrame", ArrowLeft: "previousFrame", " ": "nextFrame", "Shift  ": "previousFrame",
  u: "unlabelled", o: "occluded", x: "absent", Delete: "absent", Backspace: "clear", c: "copy", g: "propose",
  a: "accept", f: "fit", l: "names", r: "others", "?": "help", "Shift ?": "help", "+": "nearer", "Shift +": "nearer",
  "=": "nearer", "-": "farther", Escape: "escape", "Ctrl z": "undo", "Ctrl y": "redo", "Ctrl Shift z": "redo",
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function pressed(event, page, acts) {
  const busy = document.querySelector(".q-dialog, .q-menu") || event.target.closest("input, textarea, select, [role=slider], .q-field");
  if (busy || page.at === undefined) return;
  const onButton = event.target.closest("button");
  if (onButton && ["Tab", " ", "Enter"].includes(event.key)) return; // the browser's own ways
  if (event.key === "Tab" && event.target.id !== "stage" && event.target !== document.body) return;
  if (event.altKey && ARROWS[event.key]) {
    const step = event.shiftKey ? 0.25 : 1;
    page.nudge(...ARROWS[event.key].map((v) => v * step));
    event.preventDefault();
    return;
  }
  if (event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const name = [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.shiftKey ? "Shift" : "", key].filter(Boolean).join(" ");
  const act = acts[KEYS[name]];
  if (act) {
    event.preventDefault();
    act();
  }
}
