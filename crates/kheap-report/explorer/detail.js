// @ts-check
// The bar below a view: what the pointer or the keyboard is on, with its figures. It is as
// high for any name, so that nothing moves below a pointer.

import { short, typesOf, visible, withoutTypes } from "./amount.js";
import { el } from "./dom.js";

/** @typedef {import("./actions.js").Subject} Subject */
/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./tree.js").Frame} Frame */

/** How many functions of a chain are named. */
const MOST_NAMES = 4;

/** How many parts of a frame are named, and the least share of one. */
const MOST_PARTS = 2;
const LEAST_PART = 0.005;

const HINT = "Point at a frame, or press an arrow key. Enter zooms, m opens the menu, ? lists all keys.";
const TOUCH_HINT = "Tap a frame to zoom in and out, a row to open it. ⋯ opens the menu.";

/**
 * What the bar shows.
 * @typedef {object} About
 * @property {string} name
 * @property {string} place
 * @property {string} figures
 * @property {string} parts
 * @property {Subject | null} subject What keys and the menu act on.
 * @property {Element} element Where it is drawn.
 */

export class Detail {
  /** @param {(subject: Subject, at: {x: number, y: number}) => void} onmenu */
  constructor(onmenu) {
    this.onmenu = onmenu;
    this.element = el("div", { class: "x-detail", role: "status", "aria-live": "off" });
    /** @type {About | null} */
    this.about = null;
  }

  /** What keys act on, if anything. */
  get subject() {
    return this.about?.subject ?? null;
  }

  /** @param {About} about */
  show(about) {
    this.about = about;
    const { name, figures, parts, subject } = about;
    const types = typesOf(name);
    const place = [about.place, types.length > 0 ? `[...] is ${types.join(", ")}` : ""].filter(Boolean).join(" · ");
    const open = (/** @type {MouseEvent} */ { clientX: x, clientY: y }) => subject && this.onmenu(subject, { x, y });
    const path = withoutTypes(name);
    this.element.replaceChildren(
      el("span", { class: "x-detail-name", title: visible(name) }, ...endFirst(path, short(path))),
      el("span", { class: "x-detail-figures" }, figures),
      el("span", { class: "x-quiet x-detail-file", title: visible(place) }, ...endFirst(place, place.replace(/^[^ ]*\//, ""))),
      el("span", { class: "x-quiet x-detail-parts", title: visible(parts) }, visible(parts)),
      subject && el("button", { type: "button", class: "x-more", "aria-label": `Menu of ${visible(short(name))}`, onclick: open }, "⋯") || "");
  }

  clear() {
    this.about = null;
    const hint = window.matchMedia("(pointer: coarse)").matches ? TOUCH_HINT : HINT;
    this.element.replaceChildren(el("span", { class: "x-quiet x-detail-hint" }, hint));
  }

  /** Opens the menu where the frame or row is drawn. */
  openMenu() {
    if (!this.about?.subject) return;
    const { left, bottom } = this.about.element.getBoundingClientRect();
    this.onmenu(this.about.subject, { x: Math.max(left, 0), y: bottom });
  }
}

/**
 * A text whose end is seen where there is no room for all of it.
 * @param {string} text
 * @param {string} end
 */
function endFirst(text, end) {
  const start = text.slice(0, text.length - end.length);
  return [start && el("span", { class: "x-start" }, visible(start)), el("span", { class: "x-end" }, visible(end))];
}

/**
 * Where a frame stands in the source, or what it stands for.
 * @param {Heap} heap
 * @param {Frame} frame
 */
export function placeOf(heap, frame) {
  if (frame.folded) {
    const names = Array.from(frame.folded, short);
    const more = names.length > MOST_NAMES ? `, ${names.length - MOST_NAMES} more` : "";
    // How many comes first: the end may find no room.
    return `${names.length} folded: ${names.slice(0, MOST_NAMES).join(", ")}${more}`;
  }
  if (frame.key < 0) return "";
  const { strings, functions, nodes } = heap.raw;
  const file = strings[functions.file[heap.func[frame.node]]];
  const number = nodes.line[frame.node];
  if (!file || frame.hasLines) return file && `${file}, several lines`;
  return number ? `${file}:${number}` : file;
}

/**
 * The largest parts of a frame, such as `LIST (encode the response) 60%, LIST (other work) 39%`.
 * @param {{title: string}[]} parts
 * @param {Frame} frame
 */
export function partsOf(parts, frame) {
  const start = frame.id * parts.length;
  const sums = Array.from(frame.partSums.subarray(start, start + parts.length));
  const all = sums.reduce((all, sum) => all + sum, 0);
  const found = parts.map(({ title }, at) => ({ title, share: all === 0 ? 0 : sums[at] / all }));
  const largest = found.filter(({ share }) => share >= LEAST_PART).sort((a, b) => b.share - a.share).slice(0, MOST_PARTS);
  if (largest.length === 1) return largest[0].title;
  return largest.map(({ title, share }) => `${title} ${Math.round(share * 100)}%`).join(", ");
}
