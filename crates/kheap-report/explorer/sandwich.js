// @ts-check
// One function: all that calls it above, all that it calls below, merged over the heap.

import { short, visible } from "./amount.js";
import { el } from "./dom.js";
import { flame } from "./flame.js";
import { neighbours } from "./top.js";
import { tree } from "./tree.js";

/** @typedef {import("./flame.js").FlameView} FlameView */
/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./model.js").Keys} Keys */
/** @typedef {import("./select.js").Selection} Selection */

/** How many callers, and callees, are listed. */
const MOST_EDGES = 8;

/**
 * @typedef {object} SandwichView
 * @property {Heap} heap
 * @property {Selection} selection
 * @property {Keys} keys
 * @property {number} key Of the function.
 * @property {(value: number) => string} value What stands beside a name in the lists.
 * @property {Omit<FlameView, "root" | "zoom" | "label" | "isUpward" | "onzoom">} flame
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
  const graph = (/** @type {"callers" | "callees"} */ side, /** @type {string} */ label) => {
    const { root } = tree(heap, selection, keys, { around: { key, side }, isFolded: view.isFolded });
    const zoom = root.children[0];
    if (!zoom) return null;
    // Its own box stands between both graphs.
    return flame({
      ...view.flame, root, zoom: { ...zoom, parent: null }, label,
      isUpward: side === "callers", onzoom: (frame) => frame.key >= 0 && view.onopen(frame.name),
    }, pixels);
  };
  if (around.cum === 0 && around.callers.length + around.callees.length === 0) {
    return el("p", { class: "x-empty" }, `${visible(short(name))} holds nothing of what is shown.`);
  }
  return el("div", { class: "x-sandwich" },
    el("div", { class: "x-slices" },
      el("h2", {}, "Callers ", el("span", { class: "x-quiet" }, "who leads here")),
      graph("callers", `Callers of ${visible(name)}`),
      el("h2", {}, "Callees ", el("span", { class: "x-quiet" }, "what it leads to")),
      graph("callees", `Callees of ${visible(name)}`)),
    el("div", { class: "x-edges" },
      el("h2", {}, visible(short(name))),
      el("p", { class: "x-full" }, visible(name)),
      el("p", {}, `flat ${view.value(around.flat)}, cum ${view.value(around.cum)}`),
      edges(view, "Called by", around.callers),
      edges(view, "Calls", around.callees)));
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
