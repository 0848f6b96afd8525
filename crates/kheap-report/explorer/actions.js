// @ts-check
// What can be done with a function wherever it is shown: by menu and by key.

import { short, visible } from "./amount.js";
import { button, el } from "./dom.js";
import { exactly } from "./regex.js";

/** @typedef {import("./state.js").State} State */

/**
 * @typedef {object} Action
 * @property {string} key
 * @property {string} title
 * @property {(state: State, name: string) => Partial<State>} change
 */

/**
 * Adds a name to those that an expression matches.
 * @param {string} pattern
 * @param {string} name
 */
function also(pattern, name) {
  const exact = exactly(name);
  return pattern && !pattern.split("|").includes(exact) ? `${pattern}|${exact}` : exact;
}

/** @type {Action[]} */
export const ACTIONS = [
  { key: "s", title: "Callers and callees", change: (_, name) => ({ view: "sandwich", fn: name }) },
  { key: "f", title: "Focus: only stacks with it", change: (_, name) => ({ focus: exactly(name), zoom: "" }) },
  { key: "i", title: "Ignore: no stacks with it", change: (state, name) => ({ ignore: also(state.ignore, name), zoom: "" }) },
  { key: "h", title: "Hide: stacks without this frame", change: (state, name) => ({ hide: also(state.hide, name), zoom: "" }) },
  { key: "r", title: "Show from here", change: (_, name) => ({ from: exactly(name), zoom: "" }) },
  { key: "w", title: "Show in the table", change: (_, name) => ({ view: "table", fn: name }) },
];

/**
 * The menu of a function.
 * @param {string} name
 * @param {number} x
 * @param {number} y
 * @param {(action: Action) => void} onchoose
 */
export function openMenu(name, x, y, onchoose) {
  const before = document.activeElement;
  const close = () => {
    element.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
  const outside = (/** @type {Event} */ event) => {
    if (!(event.target instanceof Node) || !element.contains(event.target)) close();
  };
  const choose = (/** @type {() => void} */ act) => () => {
    close();
    act();
  };
  const items = ACTIONS.map((action) => item(action.title, action.key, choose(() => onchoose(action))));
  items.push(item("Copy the name", "c", choose(() => copy(name))));
  const element = el("div", { class: "x-actions", role: "menu", "aria-label": visible(short(name)) }, ...items);
  document.querySelector("#explorer")?.append(element);
  const { width, height } = element.getBoundingClientRect();
  element.style.left = `${Math.max(4, Math.min(x, window.innerWidth - width - 4))}px`;
  element.style.top = `${Math.max(4, Math.min(y, window.innerHeight - height - 4))}px`;
  element.addEventListener("keydown", (event) => {
    const at = items.findIndex((item) => item === document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const direct = items.find((item) => item.dataset.key === event.key);
    if (step) items[(at + step + items.length) % items.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else if (direct) direct.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", outside, true);
  items[0].focus();
}

/**
 * @param {string} title
 * @param {string} key
 * @param {() => void} act
 */
function item(title, key, act) {
  const element = button(title, act, { role: "menuitem", "data-key": key });
  element.append(el("kbd", { "aria-hidden": "true" }, key));
  return element;
}

/** @param {string} text */
export function copy(text) {
  const area = /** @type {HTMLTextAreaElement} */ (el("textarea", { class: "x-copied", "aria-hidden": "true" }));
  area.value = text;
  document.body.append(area);
  area.select();
  // A file has no other way that works in every browser.
  document.execCommand("copy");
  area.remove();
}

/** @type {[string, string][]} */
const KEYS = [
  ["1 2 3", "Flame graph, callers and callees, table"],
  ["/", "Search"],
  ["arrows", "Move between frames, or rows"],
  ["Enter", "Zoom into a frame; open a row"],
  ["Escape", "Zoom out; close"],
  ["m", "Menu of a frame or row; so does a right click"],
  ...ACTIONS.map(({ key, title }) => /** @type {[string, string]} */ ([key, title])),
  ["c", "Copy the name"],
  ["o", "Root first, allocator first"],
  ["g", "Group by part, verb, kind, or not"],
  ["a", "All frames, or folded"],
  ["v", "Values as bytes, share of all, share of what is shown"],
  ["y", "Next sample type"],
  ["x", "Remove all filters"],
  ["b", "Back to the report"],
];

/** Opens the sheet of keys. */
export function openKeys() {
  const rows = KEYS.map(([key, what]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)));
  const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "x-keys", "aria-label": "Keys" },
    el("h2", {}, "Keys"), el("dl", {}, ...rows),
    el("p", { class: "x-quiet" }, "For scripts, the console has ", el("code", {}, "kheap.top({focus, sampleType, …})"), ", ",
      el("code", {}, "kheap.sandwich(name)"), " and ", el("code", {}, "kheap.state"), ". The address is a link to what is shown."),
    el("form", { method: "dialog" }, el("button", { class: "x-primary" }, "Close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.querySelector("#explorer")?.append(dialog);
  dialog.showModal();
}
