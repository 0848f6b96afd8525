// @ts-check
// The filters that are on, as chips, and the form in which one is typed.

import { visible } from "./amount.js";
import { button, el } from "./dom.js";
import { compile } from "./regex.js";
import { PATTERNS } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {(typeof PATTERNS)[number]} Pattern */

/** What filters on names are called on the page. */
export const PATTERN_TITLES = { focus: "focus", ignore: "ignore", hide: "hide", show: "show", from: "show from" };

/** Filters that take one more expression; another one replaces any of the rest, as in pprof. */
const JOINED = ["ignore", "hide"];

/**
 * A filter that is on.
 * @typedef {object} Chip
 * @property {string} name
 * @property {string} value
 * @property {Partial<State>} without What takes it off.
 * @property {Pattern} [pattern] The filter that can be typed anew.
 */

/** The form. It stays as it is while the page around it is drawn anew. */
export class FilterForm {
  /** @param {(change: Partial<State>) => void} onchange */
  constructor(onchange) {
    this.onchange = onchange;
    /** @type {State | null} */
    this.state = null;
    /** @type {Pattern | null} The filter that is changed. */
    this.changed = null;
    this.kind = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "Filter", onchange: () => this.name() },
      ...PATTERNS.map((name) => el("option", { value: name }, PATTERN_TITLES[name]))));
    this.text = /** @type {HTMLInputElement} */ (el("input", {
      "aria-label": "Expression on functions, files and binaries", placeholder: "regular expression",
      autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "e",
      oninput: () => this.text.setCustomValidity(""),
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.leave(),
    }));
    this.act = el("button", {}, "Add filter");
    this.element = el("form", { class: "x-add", onsubmit: (/** @type {Event} */ event) => this.submit(event) }, this.kind, this.text, this.act);
  }

  /** @param {State} state */
  draw(state) {
    this.state = state;
    if (this.changed && !state[this.changed]) this.changed = null;
    this.name();
  }

  /** Says what the button does. */
  name() {
    const kind = /** @type {Pattern} */ (this.kind.value);
    const isReplaced = this.state?.[kind] && !JOINED.includes(kind);
    this.act.textContent = this.changed ? "Change filter" : isReplaced ? `Replace ${PATTERN_TITLES[kind]}` : "Add filter";
  }

  focus() {
    const closed = this.element.closest("details:not([open])");
    if (closed instanceof HTMLDetailsElement) closed.open = true;
    this.text.focus();
  }

  leave() {
    if (this.changed) this.text.value = "";
    this.changed = null;
    this.text.setCustomValidity("");
    this.text.blur();
    this.name();
  }

  /**
   * Puts a filter into the form.
   * @param {Pattern} pattern
   * @param {string} text
   */
  edit(pattern, text) {
    this.changed = pattern;
    this.kind.value = pattern;
    this.text.value = text;
    this.name();
    this.focus();
    this.text.select();
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const { state, changed } = this;
    const kind = /** @type {Pattern} */ (this.kind.value);
    const typed = this.text.value;
    if (!state || (!typed && !changed)) return;
    const old = kind === changed ? "" : state[kind];
    const text = typed && old && JOINED.includes(kind) ? `${old}|${typed}` : typed;
    try {
      // Two that are right alone need not be together: flags stand at the beginning.
      compile(typed);
      compile(text);
    } catch (error) {
      this.text.setCustomValidity(error instanceof Error ? error.message : "invalid");
      this.text.reportValidity();
      return;
    }
    this.changed = null;
    this.text.value = "";
    this.onchange({ ...(changed ? { [changed]: "" } : {}), [kind]: text, zoom: "" });
    this.name();
  }
}

/**
 * @param {Chip[]} chips
 * @param {(change: Partial<State>) => void} onchange
 * @param {(pattern: Pattern, text: string) => void} onedit
 * @returns {HTMLElement[]}
 */
export function chipElements(chips, onchange, onedit) {
  return chips.map(({ name, value, without, pattern }) => {
    const words = [el("b", {}, name), ` ${visible(value)}`];
    const title = `${name} ${visible(value)}`;
    return el("span", { class: "x-chip" },
      pattern
        ? el("button", { type: "button", class: "x-chip-text", title: `${title}: click to change it`, onclick: () => onedit(pattern, value) }, ...words)
        : el("span", { class: "x-chip-text", title }, ...words),
      button("×", () => onchange({ ...without, zoom: "" }), { "aria-label": `Remove ${title}` }));
  });
}
