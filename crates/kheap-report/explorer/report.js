// @ts-check
// Links from the written report to the page that answers questions.

import { visible } from "./amount.js";
import { el } from "./dom.js";
import { format, parse } from "./state.js";

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./state.js").State} State */

/**
 * Links findings, places and functions to what they are in the heap. Without scripts
 * there is nothing to lead to, so that the links are made here.
 * @param {Heap} heap
 */
export function linkReport(heap) {
  const state = /** @type {State} */ (parse("#explore"));
  const address = (/** @type {Partial<State>} */ change) => format({ ...state, ...change });
  const nav = document.querySelector("nav");
  nav?.prepend(el("a", { href: address({}), class: "x-enter" }, "Explore the heap"));
  for (const { anchor, rows } of heap.raw.findings) {
    const heading = document.getElementById(anchor)?.querySelector("h3");
    if (!heading || rows.length === 0) continue;
    heading.after(el("p", { class: "screen x-into" }, el("a", { href: address({ finding: anchor }) }, "Explore these bytes"), " · ",
      el("a", { href: `#${anchor}` }, "link to this finding")));
  }
  linkFunctions(heap, address);
  linkPlaces(heap, address);
}

/**
 * @param {Heap} heap
 * @param {(change: Partial<State>) => string} address
 */
function linkFunctions(heap, address) {
  const keys = heap.values.length > 1 ? heap.canonical : heap.written;
  /** @type {Map<string, string>} */
  const names = new Map();
  heap.written.names.forEach((name, key) => {
    const at = heap.written.of.indexOf(key);
    if (at >= 0) names.set(visible(name), keys.names[keys.of[at]]);
  });
  for (const cell of document.querySelectorAll("#function-table td.name")) {
    const name = names.get(cell.textContent ?? "");
    if (name !== undefined) cell.replaceChildren(el("a", { href: address({ view: "sandwich", fn: name }) }, cell.textContent));
  }
}

/**
 * @param {Heap} heap
 * @param {(change: Partial<State>) => string} address
 */
function linkPlaces(heap, address) {
  const known = new Set(heap.raw.places.map(({ part, verb, kind }) => [part, verb, kind].join(" · ")));
  for (const key of document.querySelectorAll("#places td:last-child .quiet")) {
    const text = key.textContent ?? "";
    if (!known.has(text)) continue;
    const [part, verb, kind] = text.split(" · ");
    key.replaceChildren(el("a", { href: address({ part: [part], verb: [verb], kind: [kind] }) }, text));
  }
}
