// @ts-check
// A box that finds functions while a name is typed.

import { short, visible } from "./amount.js";
import { el } from "./dom.js";
import { compile } from "./regex.js";

/** @typedef {import("./top.js").Row} Row */

/** How many functions are listed. */
const MOST_RESULTS = 12;

/**
 * Whether a name is searched for: by an expression, or a text that is none. Case does
 * not count.
 * @param {string} text
 * @returns {((name: string) => boolean) | null}
 */
export function finder(text) {
  if (!text) return null;
  try {
    const regex = compile(`(?i)${text}`);
    return (name) => regex.test(name);
  } catch {
    const wanted = text.toLowerCase();
    return (name) => name.toLowerCase().includes(wanted);
  }
}

/**
 * @typedef {object} SearchView
 * @property {() => Row[]} rows All functions, as they are shown now.
 * @property {(row: Row) => string} value
 * @property {(isFound: (name: string) => boolean) => string} matched How much is below what is found.
 * @property {(text: string) => void} onsearch
 * @property {(name: string) => void} onopen
 */

/**
 * @param {SearchView} view
 */
export function searchBox(view) {
  const input = /** @type {HTMLInputElement} */ (el("input", {
    type: "search", id: "x-search", placeholder: "Search functions", autocomplete: "off", spellcheck: "false",
    role: "combobox", "aria-label": "Search functions", "aria-expanded": "false", "aria-controls": "x-results",
    "aria-autocomplete": "list",
  }));
  const results = el("ul", { id: "x-results", role: "listbox", "aria-label": "Functions found", hidden: true });
  const status = el("p", { class: "x-status x-quiet", role: "status" });
  let active = -1;
  /** @type {Row[]} */
  let found = [];
  const close = () => {
    results.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (/** @type {number} */ to) => {
    active = Math.max(-1, Math.min(found.length - 1, to));
    Array.from(results.children).forEach((item, at) => item.setAttribute("aria-selected", at === active ? "true" : "false"));
    if (active >= 0) input.setAttribute("aria-activedescendant", `x-result-${active}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const open = (/** @type {Row | undefined} */ row) => {
    if (!row) return;
    input.blur();
    view.onopen(row.name);
  };
  const count = (/** @type {Row[]} */ all, /** @type {(name: string) => boolean} */ isFound) => {
    const names = all.length === 1 ? "1 function" : `${all.length} functions`;
    status.textContent = `${names}, ${view.matched(isFound)}`;
  };
  /** Says what an address searches for. */
  const restore = (/** @type {string} */ text) => {
    input.value = text;
    close();
    const isFound = finder(text);
    if (isFound) count(view.rows().filter(({ name }) => isFound(name)), isFound);
    else status.textContent = "";
  };
  const show = () => {
    const isFound = finder(input.value);
    if (!isFound) {
      status.textContent = "";
      close();
      return;
    }
    const all = view.rows().filter(({ name }) => isFound(name));
    all.sort((a, b) => Math.abs(b.cum) - Math.abs(a.cum));
    found = all.slice(0, MOST_RESULTS);
    results.replaceChildren(...found.map((row, at) => el("li", {
      role: "option", id: `x-result-${at}`, "aria-selected": "false", title: visible(row.name),
      // The list would close before a click arrives.
      onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
      onclick: () => open(row),
    }, el("span", { class: "x-bar-name" }, visible(short(row.name))), el("span", { class: "x-bar-sum" }, view.value(row)))));
    count(all, isFound);
    results.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!results.hidden));
    mark(-1);
  };
  input.addEventListener("input", () => {
    show();
    view.onsearch(input.value);
  });
  input.addEventListener("focus", show);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Enter") open(found[Math.max(active, 0)]);
    else if (event.key === "Escape" && !results.hidden) close();
    else if (event.key === "Escape") input.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { element: el("div", { class: "x-search", role: "search" }, input, results, status), input, show: restore };
}
