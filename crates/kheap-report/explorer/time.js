// @ts-check
// Several dumps: which one is shown, and what it is compared with.

import { amount } from "./amount.js";
import { choice, el, menu } from "./dom.js";

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./state.js").State} State */

/**
 * Controls for two dumps, or the series as an axis of time; nothing for one dump.
 * @param {Heap} heap
 * @param {State} state
 * @param {number} type Position of the sample type.
 * @param {(change: Partial<State>) => void} onchange
 * @returns {HTMLElement | null}
 */
export function timeline(heap, state, type, onchange) {
  const { snapshots } = heap.raw;
  const last = snapshots.length - 1;
  if (last < 1) return null;
  const at = state.at === "" ? last : Number(state.at);
  if (last === 1) {
    const chosen = state.base !== "" ? "difference" : at === 0 ? "before" : "after";
    /** @type {Record<string, Partial<State>>} */
    const states = { before: { at: "0", base: "" }, after: { at: "", base: "" }, difference: { at: "", base: "0" } };
    return choice("Which dump", [["before", "Before"], ["after", "After"], ["difference", "Difference"]],
      chosen, (value) => onchange({ ...states[value], zoom: "" }));
  }
  const totals = snapshots.map(({ totals }) => totals[type]);
  const most = Math.max(...totals, 1);
  const { unit } = heap.raw.types[type];
  const bars = snapshots.map(({ name, time }, position) => {
    const text = `${time ?? name}: ${amount(totals[position], unit)}`;
    const isBase = state.base !== "" && Number(state.base) === position;
    return el("button", {
      type: "button", class: isBase ? "x-moment x-base" : "x-moment", "aria-label": isBase ? `${text}, compared with` : text,
      "aria-pressed": position === at ? "true" : "false", title: text,
      onclick: (/** @type {MouseEvent} */ event) => onchange(event.shiftKey
        ? { base: position === at ? "" : String(position), zoom: "" }
        : { at: position === last ? "" : String(position), zoom: "" }),
    }, el("span", { style: { height: `${Math.max(4, (totals[position] / most) * 100)}%` } }));
  });
  const choices = snapshots.map(({ name, time }, position) => /** @type {[string, string]} */ ([String(position), time ?? name]));
  return el("div", { class: "x-time" },
    el("div", { class: "x-moments", role: "group", "aria-label": "Snapshots in time order" }, ...bars),
    menu("Snapshot", choices, String(at), (value) => onchange({ at: Number(value) === last ? "" : value, zoom: "" })),
    menu("Compared with", [["", "nothing"], ...choices.filter(([value]) => Number(value) !== at)], state.base,
      (value) => onchange({ base: value, zoom: "" })));
}
