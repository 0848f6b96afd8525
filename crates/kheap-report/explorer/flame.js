// @ts-check
// A flame graph of boxes: each is an element, so that it is reached by keys and read
// aloud, and only those wide enough to be seen are made.

import { amount, change, share, short, visible } from "./amount.js";
import { el } from "./dom.js";

/** @typedef {import("./tree.js").Frame} Frame */

/** How high a box is, with the gap below it. */
const ROW = 19;

/** Boxes narrower than this many pixels are left out. */
const LEAST_WIDTH = 2;

/** Boxes narrower than this have no text. */
const LEAST_TEXT = 26;

/** How many boxes are drawn at most, widest rows first. */
const MOST_BOXES = 2500;

/** For what belongs to several parts, or did not change, as in pictures of the program. */
export const NEUTRAL = "#dddddd";

/** Callers of the frame that fills the width. */
const CALLER = "#c9ccd3";

/** Growth and shrinkage, from none to the most. */
const GROWTH = [[253, 233, 224], [236, 110, 84]];
const SHRINKAGE = [[225, 238, 248], [93, 160, 214]];

/**
 * What a graph is drawn with.
 * @typedef {object} FlameView
 * @property {string} label Read aloud.
 * @property {Frame} root
 * @property {Frame} zoom The frame that fills the width.
 * @property {boolean} isUpward Whether the root is at the bottom.
 * @property {boolean} isDifference
 * @property {string} unit
 * @property {(frame: Frame) => string} value What stands beside a name.
 * @property {{title: string, color: string}[]} parts
 * @property {((name: string) => boolean) | null} isFound Whether a name is searched for.
 * @property {(frame: Frame) => void} onzoom
 * @property {(frame: Frame, element: Element) => void} onpoint
 * @property {(frame: Frame, x: number, y: number) => void} onmenu
 */

/**
 * A frame and where it stands.
 * @typedef {object} Box
 * @property {Frame} frame
 * @property {number} level
 * @property {number} left As a share of the width.
 * @property {number} width
 * @property {boolean} isCaller Whether it is above the frame that fills the width.
 */

/**
 * Draws boxes into a new element.
 * @param {FlameView} view
 * @param {Box[]} boxes
 * @param {number} pixels How wide it will be.
 * @returns {HTMLElement}
 */
export function flame(view, boxes, pixels) {
  const levels = boxes.reduce((most, { level }) => Math.max(most, level + 1), 0);
  const largest = boxes.reduce((most, { frame }) => Math.max(most, Math.abs(frame.after - frame.before)), 1);
  /** @type {Map<Element, Box>} */
  const boxOf = new Map();
  const elements = boxes.map((box) => {
    const at = view.isUpward ? levels - 1 - box.level : box.level;
    const element = boxElement(view, box, at, pixels, largest);
    boxOf.set(element, box);
    return element;
  });
  const graph = el("div", {
    class: "x-flame", role: "tree", "aria-label": view.label, style: { height: `${levels * ROW}px` },
  }, ...elements);
  listen(graph, view, boxOf, boxes);
  return graph;
}

/**
 * Where boxes stand, level by level.
 * @param {Frame} zoom The frame that fills the width.
 * @param {number} pixels How wide the graph will be.
 * @returns {Box[]}
 */
export function layout(zoom, pixels) {
  /** @type {Box[]} */
  const boxes = [];
  const callers = [];
  const least = LEAST_WIDTH / Math.max(pixels, 1);
  for (let frame = zoom.parent; frame; frame = frame.parent) callers.unshift(frame);
  callers.forEach((frame, level) => boxes.push({ frame, level, left: 0, width: 1, isCaller: true }));
  const whole = Math.max(zoom.width, 1);
  let level = [{ frame: zoom, left: 0 }];
  for (let depth = boxes.length; level.length > 0 && boxes.length < MOST_BOXES; depth += 1) {
    const below = [];
    for (const { frame, left } of level) {
      boxes.push({ frame, level: depth, left, width: frame.width / whole, isCaller: false });
      let start = left;
      for (const child of frame.children) {
        const width = child.width / whole;
        // Those after it are narrower still.
        if (width < least) break;
        below.push({ frame: child, left: start });
        start += width;
      }
    }
    level = below;
  }
  return boxes;
}

/**
 * @param {FlameView} view
 * @param {Box} box
 * @param {number} row
 * @param {number} pixels
 * @param {number} largest
 */
function boxElement(view, box, row, pixels, largest) {
  const { frame } = box;
  const width = box.width * pixels;
  const text = nameOf(frame);
  const isZoom = frame === view.zoom;
  const isFound = view.isFound ? hasFound(frame, view.isFound) : false;
  const classes = ["x-box"];
  if (view.isFound) classes.push(isFound ? "x-found" : "x-other");
  return el("div", {
    class: classes.join(" "), role: "treeitem", tabindex: isZoom ? "0" : "-1", "data-zoom": isZoom,
    "aria-level": box.level + 1, "aria-label": `${text}, ${view.value(frame)}`,
    style: {
      left: `${box.left * 100}%`, width: `${box.width * 100}%`, top: `${row * ROW}px`,
      backgroundColor: box.isCaller ? CALLER : colorOf(view, frame, largest),
    },
  }, width >= LEAST_TEXT ? `${text}  ${view.value(frame)}` : "");
}

/** @param {Frame} frame */
function nameOf(frame) {
  return visible(frame.key < 0 ? frame.name : short(frame.name));
}

/**
 * Whether a function is searched for, or one of those that a chain stands for.
 * @param {Frame} frame
 * @param {(name: string) => boolean} isFound
 */
function hasFound(frame, isFound) {
  return frame.folded ? Array.from(frame.folded).some(isFound) : frame.key >= 0 && isFound(frame.name);
}

/**
 * @param {FlameView} view
 * @param {Frame} frame
 * @param {number} largest
 */
function colorOf(view, frame, largest) {
  if (!view.isDifference) return frame.part >= 0 ? view.parts[frame.part].color : NEUTRAL;
  const grown = frame.after - frame.before;
  if (grown === 0) return NEUTRAL;
  const [from, to] = grown > 0 ? GROWTH : SHRINKAGE;
  const weight = Math.min(1, Math.sqrt(Math.abs(grown) / largest));
  const mixed = from.map((start, at) => Math.round(start + (to[at] - start) * weight));
  return `rgb(${mixed.join(", ")})`;
}

/**
 * What the colours of boxes mean.
 * @param {Pick<FlameView, "isDifference" | "parts">} view
 * @param {Box[]} boxes
 * @returns {HTMLElement}
 */
export function legend(view, boxes) {
  const swatch = (/** @type {string} */ color, /** @type {string} */ text) =>
    el("span", { class: "x-swatch" }, el("i", { style: { backgroundColor: color }, "aria-hidden": "true" }), visible(text));
  const callers = boxes.some(({ isCaller }) => isCaller) ? swatch(CALLER, "callers of the zoomed frame") : null;
  const shade = (/** @type {number[]} */ color) => `rgb(${color.join(", ")})`;
  if (view.isDifference) {
    return el("p", { class: "x-legend x-quiet" }, swatch(shade(GROWTH[1]), "+ grew"), swatch(shade(SHRINKAGE[1]), "- shrank"),
      swatch(NEUTRAL, "as before"), callers, "Width is the larger of before and after.");
  }
  const seen = new Set(boxes.filter(({ isCaller }) => !isCaller).map(({ frame }) => frame.part));
  const isGrey = (/** @type {number} */ part) => part < 0 || view.parts[part].color === NEUTRAL;
  const items = view.parts.filter((_, at) => seen.has(at) && !isGrey(at)).map(({ title, color }) => swatch(color, title));
  const grey = Array.from(seen).some(isGrey) ? swatch(NEUTRAL, "several or other parts") : null;
  return el("p", { class: "x-legend x-quiet" }, ...items, grey, callers);
}

/**
 * @param {HTMLElement} graph
 * @param {FlameView} view
 * @param {Map<Element, Box>} boxOf
 * @param {Box[]} boxes
 */
function listen(graph, view, boxOf, boxes) {
  const elements = Array.from(boxOf.keys());
  const boxAt = (/** @type {Event} */ event) =>
    event.target instanceof Element ? boxOf.get(event.target) : undefined;
  graph.addEventListener("click", (event) => {
    const box = boxAt(event);
    if (box) view.onzoom(box.frame);
  });
  /** @type {EventTarget | null} */
  let pointed = null;
  const point = (/** @type {Event} */ event) => {
    const box = boxAt(event);
    if (box && event.target !== pointed) view.onpoint(box.frame, /** @type {Element} */ (event.target));
    pointed = event.target;
  };
  // A graph that moves below a pointer at rest is not pointed at.
  graph.addEventListener("pointermove", point);
  graph.addEventListener("focusin", point);
  graph.addEventListener("contextmenu", (event) => {
    const box = boxAt(event);
    if (!box) return;
    event.preventDefault();
    view.onmenu(box.frame, event.clientX, event.clientY);
  });
  graph.addEventListener("keydown", (event) => {
    const box = boxAt(event);
    if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(boxes, box, event.key, view.isUpward);
    if (next) focusBox(elements, boxes.indexOf(next));
    else if (event.key === "Enter" || event.key === " ") view.onzoom(box.frame);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/**
 * The box that an arrow leads to.
 * @param {Box[]} boxes
 * @param {Box} box
 * @param {string} key
 * @param {boolean} isUpward
 */
function neighbour(boxes, box, key, isUpward) {
  const level = (/** @type {number} */ wanted) => boxes.filter((other) => other.level === wanted);
  const [down, up] = isUpward ? ["ArrowUp", "ArrowDown"] : ["ArrowDown", "ArrowUp"];
  const middle = box.left + box.width / 2;
  if (key === up) {
    return level(box.level - 1).find(({ left, width }) => left <= middle && middle <= left + width);
  }
  if (key === down) {
    const end = box.left + box.width + 1e-9;
    return level(box.level + 1).find(({ left, width }) => left >= box.left - 1e-9 && left + width <= end);
  }
  const row = level(box.level);
  const at = row.indexOf(box);
  if (key === "ArrowLeft") return row[at - 1];
  if (key === "ArrowRight") return row[at + 1];
  if (key === "Home") return boxes[0];
  return undefined;
}

/**
 * @param {Element[]} elements
 * @param {number} at
 */
function focusBox(elements, at) {
  for (const element of elements) if (element instanceof HTMLElement) element.tabIndex = -1;
  const element = elements[at];
  if (!(element instanceof HTMLElement)) return;
  element.tabIndex = 0;
  element.focus();
}

/**
 * What stands beside a name, as it was chosen.
 * @param {"amount" | "all" | "shown"} values
 * @param {boolean} isDifference
 * @param {string} unit
 * @param {number} all
 * @param {number} shown
 * @param {boolean} isBound Whether more may be there than is counted.
 * @returns {(after: number, before: number) => string}
 */
export function valueText(values, isDifference, unit, all, shown, isBound) {
  const bound = isBound ? "≥ " : "";
  return (after, before) => {
    const value = isDifference ? after - before : after;
    if (values === "amount") return bound + (isDifference ? change(value, unit) : amount(value, unit));
    const sign = value < 0 ? "−" : isDifference && value > 0 ? "+" : "";
    return bound + sign + share(value, values === "all" ? all : shown);
  };
}
