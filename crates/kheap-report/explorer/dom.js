// @ts-check
// Elements, made of values only: a name in a dump never becomes markup.

import { visible } from "./amount.js";

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] Attributes; `on…` are listeners, `style` is an object.
 * @param {(Node | string | null | undefined | false)[]} children
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * A button.
 * @param {string} text
 * @param {() => void} onclick
 * @param {Record<string, any>} [properties]
 */
export function button(text, onclick, properties = {}) {
  return el("button", { type: "button", onclick, ...properties }, text);
}

/**
 * Some choices side by side. One of them holds.
 * @param {string} label
 * @param {[string, string][]} choices Values and what they are called.
 * @param {string} chosen
 * @param {(value: string) => void} onchoose
 */
export function choice(label, choices, chosen, onchoose) {
  const buttons = choices.map(([value, text]) =>
    button(text, () => onchoose(value), { "aria-pressed": value === chosen ? "true" : "false" }));
  return el("div", { role: "group", "aria-label": label, class: "x-choice" }, ...buttons);
}

/**
 * A list to choose from.
 * @param {string} label
 * @param {[string, string][]} choices
 * @param {string} chosen
 * @param {(value: string) => void} onchoose
 */
export function menu(label, choices, chosen, onchoose) {
  const select = /** @type {HTMLSelectElement} */ (el("select", {}, ...choices.map(([value, text]) =>
    el("option", { value, selected: value === chosen }, text))));
  select.addEventListener("change", () => onchoose(select.value));
  return el("label", { class: "x-menu" }, el("span", {}, label), select);
}

/**
 * A text of the program, in which code stands in backticks.
 * @param {string} text
 * @returns {Node[]}
 */
export function words(text) {
  const parts = text.split("`");
  // A lone backtick begins nothing.
  if (parts.length % 2 === 0) return [document.createTextNode(visible(text))];
  return parts.map((part, at) => (at % 2 === 1 ? el("code", {}, visible(part)) : document.createTextNode(visible(part))));
}
