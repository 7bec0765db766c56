// What is shown in words: events, corrections, numbers, times of day.

export const SIDES = ["left", "right"];
export const COLOURS = { left: "#0072b2", right: "#d55e00", none: "#1f2933" };
export const DASHES = { left: [], right: [7, 3], none: [2, 2] };
const KINDS = { ic: "contact", to: "foot off" };
const SIGNS = { left: "L", right: "R", both: "", none: "" };

export const kindWord = (kind) => KINDS[kind] ?? kind;
export const sideLetter = (side) => SIGNS[side] ?? side;
export const seconds = (time_s) => `${time_s.toFixed(3)} s`;

export function eventName(event) {
  return event ? `${event.side} ${kindWord(event.kind)} at ${seconds(event.time_s)}` : "an event";
}

/** One correction in words; `event(id)` finds an event as the machine or the person who added it told it. */
export function told(one, event) {
  const what = (id) => {
    const found = event(id);
    return found ? `${found.side} ${kindWord(found.kind)} (${id})` : id;
  };
  switch (one.kind) {
    case "move_event":
      return `moved ${what(one.event)} to ${seconds(one.time_s)}`;
    case "add_event":
      return `added a ${one.side} ${kindWord(one.event_kind)} at ${seconds(one.time_s)}`;
    case "remove_event":
      return `removed ${what(one.event)}: ${one.reason}`;
    case "confirm_event":
      return `confirmed ${what(one.event)}`;
    case "exclude_stride":
      return `left out the ${one.side} stride from ${what(one.start_event)}: ${one.reason}`;
    case "include_stride":
      return `took in the ${one.side} stride from ${what(one.start_event)}: ${one.reason}`;
    case "move_landmark":
      return `moved ${plain(one.landmark)} in frame ${one.frame}`;
    case "hide_landmark":
      return `hid ${plain(one.landmark)} in frame ${one.frame}`;
    case "confirm":
      return `confirmed ${one.what}`;
    case "note":
      return `note: ${one.text}`;
    case "undo":
      return `took back number ${one.number}`;
    default:
      return one.kind;
  }
}

export const plain = (name) => name.replaceAll("_", " ");

/** Three or so figures, as a clinician reads them. */
export function figure(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

const timeOf = (event) => (event ? seconds(event.time_s) : "an event that is gone");

/** What needs review, in words: the machine's own sentence, and what it is about. */
export function needName(what, model) {
  const [kind, ...rest] = what.split(" ");
  if (kind === "event") return capital(eventName(model.event(rest[0]) ?? model.machineEvent(rest[0])));
  if (kind === "stride") return `${capital(rest[0])} stride from ${timeOf(model.event(rest[1]) ?? model.machineEvent(rest[1]))}`;
  if (kind === "measure") {
    const found = model.measures.find((one) => one.quantity === rest[0] && one.side === rest[1]);
    return `${found?.label ?? plain(rest[0])}${rest[1] === "both" ? "" : `, ${rest[1]}`}`;
  }
  const angle = model.angles.find((one) => what === `result angle_${one.name}`);
  if (angle) return `${angle.label.split(" (")[0]} angle${angle.side === "none" ? "" : `, ${angle.side}`}`;
  if (kind === "result") return `Whole result: ${plain(rest.join(" "))}`;
  return capital(what);
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function timeOfDay(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const today = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${date.toLocaleDateString("en-CA")} ${time}`;
}
