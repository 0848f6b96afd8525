// @ts-check
// The breakdown, the findings and the sizes of objects: each one is a filter.

import { amount, share, visible } from "./amount.js";
import { el } from "./dom.js";
import { select } from "./select.js";

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Query} Query */
/** @typedef {import("./select.js").Selection} Selection */

/** How many rows a list has before the rest is one. */
const MOST_ENTRIES = 9;

/**
 * @typedef {object} SideView
 * @property {Heap} heap
 * @property {Query} query
 * @property {Selection} selection
 * @property {(name: "part" | "verb" | "kind" | "finding" | "size", value: string) => void} ontoggle
 */

/**
 * What a list counts, by the value it filters by.
 * @typedef {{value: string, title: string, sum: number, color?: string}} Entry
 */

/**
 * @param {SideView} view
 * @returns {HTMLElement[]}
 */
export function side(view) {
  const { heap, query } = view;
  const { parts } = heap.raw;
  const titles = new Map(parts.map(({ id, title }) => [id, title]));
  const colors = new Map(parts.map(({ id, color }) => [id, color]));
  const places = heap.raw.places;
  const entries = (/** @type {"part" | "verb" | "kind"} */ dimension) =>
    sums(view, dimension, heap.raw.rows.place, (place) => places[place][dimension]);
  const plain = (/** @type {"verb" | "kind"} */ dimension) =>
    entries(dimension).map(([value, sum]) => ({ value, title: value, sum }));
  const partEntries = entries("part").map(([value, sum]) =>
    ({ value, title: titles.get(value) ?? value, sum, color: colors.get(value) }));
  const unit = heap.raw.types[view.selection.type].unit;
  const sizes = sums(view, "size", heap.raw.rows.size, String).filter(([size]) => size !== "0");
  const sizeEntries = sizes.map(([size, sum]) => ({ value: size, title: amount(Number(size), "bytes"), sum }));
  const found = heap.raw.findings.length > 0 ? findings(view) : null;
  const lists = [
    found,
    list(view, "part", "Parts", partEntries, query.part ?? [], unit),
    list(view, "kind", "Kinds", plain("kind"), query.kind ?? [], unit),
    list(view, "verb", "Verbs", plain("verb"), query.verb ?? [], unit),
    list(view, "size", "Object sizes", sizeEntries, query.size === undefined ? [] : [String(query.size)], unit),
  ];
  return lists.filter((list) => list !== null);
}

/**
 * What each value of a list holds under all filters but its own, largest first.
 * @param {SideView} view
 * @param {"part" | "verb" | "kind" | "size"} dimension
 * @param {number[]} column By row: the number of its value.
 * @param {(number: number) => string} valueOf
 * @returns {[string, number][]}
 */
function sums(view, dimension, column, valueOf) {
  const { heap, query } = view;
  const own = query[dimension];
  const isSet = Array.isArray(own) ? own.length > 0 : own !== undefined;
  const selection = isSet ? select(heap, { ...query, [dimension]: undefined }) : view.selection;
  const value = rowValue(heap, query, selection);
  /** @type {Map<number, number>} */
  const byNumber = new Map();
  for (let row = 0; row < column.length; row += 1) {
    if (selection.isKept[row]) byNumber.set(column[row], (byNumber.get(column[row]) ?? 0) + value(row));
  }
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const [number, sum] of byNumber) {
    const key = valueOf(number);
    sums.set(key, (sums.get(key) ?? 0) + sum);
  }
  const list = Array.from(sums).filter(([key, sum]) => sum !== 0 || (Array.isArray(own) && own.includes(key)));
  return list.sort(([a, one], [b, other]) => Math.abs(other) - Math.abs(one) || (a < b ? -1 : 1));
}

/**
 * @param {Heap} heap
 * @param {Query} query
 * @param {Selection} selection
 * @returns {(row: number) => number}
 */
function rowValue(heap, query, selection) {
  const last = heap.values.length - 1;
  const after = heap.values[query.snapshot ?? last][selection.type];
  const before = query.base === undefined ? undefined : heap.values[query.base][selection.type];
  return (row) => after[row] - (before ? before[row] : 0);
}

/**
 * @param {SideView} view
 * @param {"part" | "verb" | "kind" | "size"} name
 * @param {string} title
 * @param {Entry[]} entries
 * @param {string[]} chosen
 * @param {string} unit
 */
function list(view, name, title, entries, chosen, unit) {
  if (entries.length < 2 && chosen.length === 0) return null;
  const most = entries.reduce((most, { sum }) => Math.max(most, Math.abs(sum)), 1);
  const shown = entries.filter(({ value }, at) => at < MOST_ENTRIES || chosen.includes(value));
  const more = entries.length - shown.length;
  const total = entries.reduce((total, { sum }) => total + sum, 0);
  const buttons = shown.map(({ value, title, sum, color }) => {
    const isChosen = chosen.includes(value);
    return el("li", {}, el("button", {
      type: "button", class: "x-bar", "aria-pressed": isChosen ? "true" : "false",
      title: `${visible(title)}: ${amount(sum, unit)}, ${share(sum, total)}`,
      onclick: () => view.ontoggle(name, value),
    },
    el("span", { class: "x-fill", style: { width: `${(Math.abs(sum) / most) * 100}%`, backgroundColor: color ?? "" } }),
    el("span", { class: "x-bar-name" }, visible(title)),
    el("span", { class: "x-bar-sum" }, amount(sum, unit))));
  });
  return el("section", { class: "x-list", "aria-label": title },
    el("h2", {}, title), el("ul", {}, ...buttons),
    more > 0 && el("p", { class: "x-quiet" }, `${more} smaller`));
}

/** @param {SideView} view */
function findings(view) {
  const { heap, query } = view;
  const buttons = heap.raw.findings.map(({ anchor, title, severity }) => el("li", {}, el("button", {
    type: "button", class: "x-finding", "aria-pressed": query.finding === anchor ? "true" : "false",
    onclick: () => view.ontoggle("finding", anchor),
  }, el("span", { class: `badge ${severity}` }, severity), el("span", {}, visible(title)))));
  return el("section", { class: "x-list", "aria-label": "Findings" }, el("h2", {}, "Findings"), el("ul", {}, ...buttons));
}
