// @ts-check
// One function: all that calls it above, all that it calls below, merged over the heap.

import { short, visible } from "./amount.js";
import { el } from "./dom.js";
import { flame, layout, legend } from "./flame.js";
import { lines, neighbours } from "./top.js";
import { tree } from "./tree.js";

/** @typedef {import("./flame.js").FlameView} FlameView */
/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./model.js").Keys} Keys */
/** @typedef {import("./select.js").Selection} Selection */

/** How many callers, and callees, are listed. */
const MOST_EDGES = 8;

/** How many lines of the function are listed. */
const MOST_LINES = 12;

/**
 * @typedef {object} SandwichView
 * @property {Heap} heap
 * @property {Selection} selection
 * @property {Keys} keys
 * @property {number} key Of the function.
 * @property {(value: number) => string} value What stands beside a name in the lists.
 * @property {(isTurned: boolean) => Omit<FlameView, "root" | "zoom" | "label" | "isUpward" | "onzoom">} flame
 * @property {boolean} isFolded
 * @property {(name: string) => void} onopen
 * @property {number} pixels
 */

/**
 * @param {SandwichView} view
 * @returns {HTMLElement}
 */
export function sandwich(view) {
  const { heap, selection, keys, key, pixels } = view;
  const name = keys.names[key];
  const around = neighbours(heap, selection, keys, key);
  /** @type {import("./flame.js").Box[]} */
  const drawn = [];
  const graph = (/** @type {"callers" | "callees"} */ side, /** @type {string} */ label) => {
    const { root } = tree(heap, selection, keys, { around: { key, side }, isFolded: view.isFolded });
    const own = root.children[0];
    if (!own) return null;
    // Its own box stands between both graphs.
    const zoom = { ...own, parent: null };
    const [isUpward, boxes] = [side === "callers", layout(zoom, pixels)];
    drawn.push(...boxes);
    return flame({
      ...view.flame(isUpward), root, zoom, label, isUpward, onzoom: (frame) => frame.key >= 0 && view.onopen(frame.name),
    }, boxes, pixels);
  };
  if (around.cum === 0 && around.callers.length + around.callees.length === 0) {
    return el("p", { class: "x-empty" }, `${visible(short(name))} holds nothing of what is shown.`);
  }
  const [callers, callees] = [graph("callers", `Callers of ${visible(name)}`), graph("callees", `Callees of ${visible(name)}`)];
  return el("div", { class: "x-sandwich" },
    el("div", { class: "x-slices" },
      legend(view.flame(false), drawn),
      el("h2", {}, "Callers ", el("span", { class: "x-quiet" }, "who leads here")), callers,
      el("h2", {}, "Callees ", el("span", { class: "x-quiet" }, "what it leads to")), callees),
    el("div", { class: "x-edges" },
      el("h2", {}, visible(short(name))),
      el("p", { class: "x-full" }, visible(name)),
      el("p", {}, `flat ${view.value(around.flat)}, cum ${view.value(around.cum)}`),
      edges(view, "Called by", around.callers),
      edges(view, "Calls", around.callees),
      lineList(view, lines(heap, selection, keys, key))));
}

/**
 * @param {SandwichView} view
 * @param {import("./top.js").Line[]} list
 */
function lineList(view, list) {
  const row = (/** @type {import("./top.js").Line} */ { file, line, flat, cum }) => el("tr", {},
    el("td", { title: visible(`${file}:${line}`) }, visible(`${file.slice(file.lastIndexOf("/") + 1)}:${line}`)),
    el("td", { class: "x-number" }, view.value(flat)), el("td", { class: "x-number" }, view.value(cum)));
  const shown = list.filter(({ file, line }) => file !== "" || line !== 0);
  return shown.length > 0 && el("section", { class: "x-list", "aria-label": "Lines" },
    el("table", { class: "x-lines" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Lines"), el("th", { scope: "col" }, "flat"), el("th", { scope: "col" }, "cum"))),
      el("tbody", {}, ...shown.slice(0, MOST_LINES).map(row))),
    shown.length > MOST_LINES && el("p", { class: "x-quiet" }, `${shown.length - MOST_LINES} more`));
}

/**
 * @param {SandwichView} view
 * @param {string} title
 * @param {{name: string, weight: number}[]} list
 */
function edges(view, title, list) {
  const items = list.slice(0, MOST_EDGES).map(({ name, weight }) => el("li", {}, el("button", {
    type: "button", class: "x-edge", title: visible(name), onclick: () => view.onopen(name),
  }, el("span", { class: "x-bar-name" }, visible(short(name))), el("span", { class: "x-bar-sum" }, view.value(weight)))));
  return el("section", { class: "x-list", "aria-label": title },
    el("h3", {}, title),
    list.length === 0 ? el("p", { class: "x-quiet" }, "nothing") : el("ul", {}, ...items),
    list.length > MOST_EDGES && el("p", { class: "x-quiet" }, `${list.length - MOST_EDGES} more`));
}
