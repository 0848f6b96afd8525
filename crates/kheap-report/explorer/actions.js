// @ts-check
// What can be done with a function, a chain or a group wherever it is shown: by menu and
// by key.

import { short, visible } from "./amount.js";
import { button, el } from "./dom.js";
import { exactly } from "./regex.js";

/** @typedef {import("./state.js").State} State */

/**
 * What is acted on: a function, the functions that a frame in brackets stands for, or a
 * group of stacks.
 * @typedef {object} Subject
 * @property {"function" | "chain" | "group"} kind
 * @property {string} title
 * @property {string[]} names Of functions, as filters know them.
 * @property {"part" | "verb" | "kind"} [dimension] What the group is one of.
 * @property {string} [value] The group, as filters know it.
 */

/**
 * @typedef {object} Action
 * @property {string} key
 * @property {string} title
 * @property {"focus" | "from"} [replaces] The filter that it sets anew.
 * @property {(state: State, subject: Subject) => Partial<State>} change
 */

/** @type {Action} */
const SANDWICH = { key: "s", title: "Callers and callees", change: (_, { title }) => ({ view: "sandwich", fn: title }) };

/** @type {Action} */
const FOCUS = {
  key: "f", title: "Focus: only stacks with it", replaces: "focus",
  change: (_, { names }) => ({ focus: joined("", names), zoom: "" }),
};

/** @type {Action} */
const IGNORE = {
  key: "i", title: "Ignore: no stacks with it",
  change: (state, { names }) => ({ ignore: joined(state.ignore, names), zoom: "" }),
};

/** @type {Action} */
const HIDE = {
  key: "h", title: "Hide: stacks without this frame",
  change: (state, { names }) => ({ hide: joined(state.hide, names), zoom: "" }),
};

/** @type {Action} */
const FROM = {
  key: "r", title: "Show from here", replaces: "from",
  change: (_, { names }) => ({ from: joined("", names), zoom: "" }),
};

/** @type {Action} */
const IN_TABLE = { key: "w", title: "Show in the table", change: (_, { title }) => ({ view: "table", fn: title }) };

/** @type {Action} */
const UNFOLD = { key: "a", title: "All frames: nothing folded", change: () => ({ frames: "all", zoom: "" }) };

/**
 * Adds names to those that an expression matches.
 * @param {string} pattern
 * @param {string[]} names
 */
function joined(pattern, names) {
  const known = pattern.split("|");
  const added = names.map(exactly).filter((exact) => !known.includes(exact));
  return (pattern ? [pattern, ...added] : added).join("|");
}

/**
 * What can be done with something.
 * @param {Subject} subject
 * @param {State} state
 * @returns {Action[]}
 */
export function actionsOf(subject, state) {
  if (subject.kind === "group") return [only(subject, state)];
  if (subject.kind === "function") return [SANDWICH, FOCUS, IGNORE, HIDE, FROM, IN_TABLE];
  return [UNFOLD, { ...FOCUS, title: "Focus: only stacks with one of these" }, { ...HIDE, title: "Hide these frames" }];
}

/**
 * Shows one part, verb or kind alone, or all of them again.
 * @param {Subject} subject
 * @param {State} state
 * @returns {Action}
 */
function only({ dimension = "part", value = "" }, state) {
  const isAlone = state[dimension].length === 1 && state[dimension][0] === value;
  return {
    key: "f", title: isAlone ? `All ${dimension}s again` : `Only this ${dimension}`,
    change: () => ({ [dimension]: isAlone ? [] : [value], zoom: "" }),
  };
}

/**
 * The menu of something.
 * @param {Subject} subject
 * @param {State} state
 * @param {{x: number, y: number}} at
 * @param {(action: Action) => void} onchoose
 */
export function openMenu(subject, state, { x, y }, onchoose) {
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
  const items = actionsOf(subject, state).map((action) =>
    item(titleIn(state, action), action.key, choose(() => onchoose(action))));
  if (subject.names.length > 0) items.push(item("Copy the name", "c", choose(() => copy(copiedText(subject)))));
  const element = el("div", { class: "x-actions", role: "menu", "aria-label": visible(short(subject.title)) }, ...items);
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
 * What an action is called where a filter that it replaces is set.
 * @param {State} state
 * @param {Action} action
 */
function titleIn(state, { title, replaces }) {
  if (!replaces || !state[replaces]) return title;
  return `${title} (replaces “${replaces === "from" ? "show from" : replaces}”)`;
}

/**
 * What is copied: the name, or one a line.
 * @param {Subject} subject
 */
export function copiedText({ kind, title, names }) {
  return kind === "function" ? title : names.join("\n");
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
  ["arrows", "Move between frames, or rows"],
  ["Enter", "Zoom into a frame; open a row"],
  ["Escape", "Zoom out; close"],
  ["/", "Search"],
  ["e", "Enter a filter"],
  ["x", "Remove all filters"],
  ["m", "Menu of the frame or row in the bar below; right click"],
  ...[SANDWICH, FOCUS, IGNORE, HIDE, FROM, IN_TABLE].map(({ key, title }) => /** @type {[string, string]} */ ([key, title])),
  ["c", "Copy the name"],
  ["o", "Root first, allocator first"],
  ["g", "Group by part, verb, kind, or not"],
  ["a", "All frames, or folded"],
  ["v", "Values as bytes, share of all, share of what is shown"],
  ["y", "Next sample type"],
  ["b", "Back to the report"],
];

/** Opens the sheet of keys. */
export function openKeys() {
  const rows = KEYS.map(([key, what]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)));
  const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "x-keys", "aria-label": "Keys" },
    el("h2", {}, "Keys"), el("dl", {}, ...rows),
    el("p", { class: "x-quiet" }, "The bar below names the frame or row that keys act on: the one under the pointer, or the one with the focus. ",
      "A group has one action, f. A frame in brackets has a, f and h."),
    el("p", { class: "x-quiet" }, "For scripts, the console has ", el("code", {}, "kheap.top({focus, sampleType, …})"), ", ",
      el("code", {}, "kheap.sandwich(name)"), ", ", el("code", {}, "kheap.lines(name)"), " and ", el("code", {}, "kheap.state"),
      ". The address is a link to what is shown."),
    el("form", { method: "dialog" }, el("button", { class: "x-primary" }, "Close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.querySelector("#explorer")?.append(dialog);
  dialog.showModal();
}
