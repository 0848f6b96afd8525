// @ts-check
// All functions with what they hold. Only the rows that can be seen are elements, so
// that thousands scroll without delay.

import { amount, change, share, short, visible } from "./amount.js";
import { el } from "./dom.js";
import { byCharacter } from "./top.js";

/** @typedef {import("./top.js").Row} Row */

/** How high a row is. */
const HEIGHT = 28;

/** How many rows are made beyond those that can be seen. */
const MARGIN = 12;

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} title
 * @property {boolean} isNumber
 * @property {(row: Row) => number | string} key What it is sorted by.
 * @property {(row: Row) => string} text
 */

/**
 * @typedef {object} TableView
 * @property {Row[]} rows
 * @property {Column[]} columns
 * @property {string} sort
 * @property {string} chosen The name of the row that is marked.
 * @property {Place | null} place Where the reader was in it; null at first.
 * @property {boolean} showsChosen Whether the marked row comes into sight.
 * @property {boolean} isNarrow Whether names come first, because few columns are in sight.
 * @property {(sort: string) => void} onsort
 * @property {(row: Row, element: Element) => void} onpoint
 * @property {(row: Row) => void} onopen
 * @property {(row: Row, x: number, y: number) => void} onmenu
 * @property {(place: Place) => void} onplace
 */

/**
 * How far a table is scrolled, and the row that keys begin at.
 * @typedef {{top: number, row: string}} Place
 */

/**
 * The columns of a table.
 * @param {object} about
 * @param {string} about.unit
 * @param {boolean} about.isDifference
 * @param {"flat" | "cum"} about.measure What before and after are of.
 * @param {boolean} about.hasObjects
 * @param {boolean} about.isBound
 * @param {number} about.total What shares are of.
 * @param {(row: Row) => string} about.part
 * @returns {Column[]}
 */
export function columns({ unit, isDifference, measure, hasObjects, isBound, total, part }) {
  const bound = (/** @type {string} */ text) => (isBound && text !== "0" ? `≥ ${text}` : text);
  const figure = (/** @type {string} */ id, /** @type {string} */ title, /** @type {(row: Row) => number} */ of) => ({
    id, title, isNumber: true, key: of,
    text: (/** @type {Row} */ row) => bound(isDifference && !/before|after/.test(id) ? change(of(row), unit) : amount(of(row), unit)),
  });
  const ratio = (/** @type {string} */ id, /** @type {string} */ title, /** @type {(row: Row) => number} */ of) => ({
    id, title, isNumber: true, key: of, text: (/** @type {Row} */ row) => share(of(row), total),
  });
  const mean = (/** @type {Row} */ row) => (row.objects > 0 ? row.flatAfter / row.objects : 0);
  const name = {
    id: "name", title: "function", isNumber: false,
    key: (/** @type {Row} */ row) => row.name, text: (/** @type {Row} */ row) => visible(row.name),
  };
  const first = [
    figure("flat", "flat", ({ flat }) => flat), ratio("flat%", "flat%", ({ flat }) => flat),
    figure("cum", "cum", ({ cum }) => cum), ratio("cum%", "cum%", ({ cum }) => cum),
  ];
  if (isDifference) {
    const before = (/** @type {Row} */ row) => (measure === "cum" ? row.cumBefore : row.flatBefore);
    const after = (/** @type {Row} */ row) => (measure === "cum" ? row.cumAfter : row.flatAfter);
    const state = (/** @type {Row} */ row) => stateOf(before(row), after(row));
    return [
      ...first, name, figure(`${measure}-before`, `${measure} before`, before),
      figure(`${measure}-after`, `${measure} after`, after),
      { id: "state", title: `${measure} is`, isNumber: false, key: state, text: state },
    ];
  }
  const objects = [
    { id: "objects", title: "objects", isNumber: true, key: (/** @type {Row} */ row) => row.objects,
      text: (/** @type {Row} */ row) => bound(amount(row.objects, "count")) },
    { id: "mean", title: "mean size", isNumber: true, key: mean,
      text: (/** @type {Row} */ row) => (row.objects > 0 ? amount(mean(row), unit) : "") },
  ];
  const place = { id: "part", title: "part", isNumber: false, key: part, text: part };
  return [...first, name, ...(hasObjects ? objects : []), place];
}

/**
 * @param {number} before
 * @param {number} after
 */
function stateOf(before, after) {
  if (before === after) return "";
  if (before === 0) return "new";
  if (after === 0) return "gone";
  return after > before ? "grown" : "shrunk";
}

/**
 * Rows in the order of a column; `-flat` turns it.
 * @param {Row[]} rows
 * @param {Column[]} columns
 * @param {string} sort
 */
export function inOrder(rows, columns, sort) {
  const column = columns.find(({ id }) => id === sort.replace(/^-/, "")) ?? columns[0];
  const sign = sort.startsWith("-") ? -1 : 1;
  const compare = (/** @type {Row} */ a, /** @type {Row} */ b) => {
    const [one, other] = [column.key(a), column.key(b)];
    if (typeof one === "number" && typeof other === "number") return sign * (Math.abs(other) - Math.abs(one));
    return sign * byCharacter(String(one), String(other));
  };
  return rows.slice().sort((a, b) => compare(a, b) || byCharacter(a.name, b.name));
}

/** How wide columns are in rem: at least, and at most or as wide as there is room. */
const WIDTHS = { name: [13, "1fr"], part: [8, "12rem"], share: [4.4, "4.4rem"], number: [6.4, "6.4rem"], text: [5, "5rem"] };

/**
 * How wide columns are.
 * @param {Column[]} columns
 */
function widths(columns) {
  const kinds = columns.map(({ id, isNumber }) =>
    (id === "name" || id === "part" ? id : id.endsWith("%") ? "share" : isNumber ? "number" : "text"));
  const all = kinds.map((kind) => WIDTHS[/** @type {keyof typeof WIDTHS} */ (kind)]);
  return {
    template: all.map(([least, most]) => `minmax(${least}rem, ${most})`).join(" "),
    least: all.reduce((sum, [least]) => sum + Number(least), 0),
  };
}

/**
 * A table, and what brings it to its place once it is on the page.
 * @param {TableView} view
 * @returns {{element: HTMLElement, settle: () => void}}
 */
export function table(view) {
  const columns = view.isNarrow ? view.columns.slice().sort((a, b) => Number(b.id === "name") - Number(a.id === "name")) : view.columns;
  const rows = inOrder(view.rows, columns, view.sort);
  const head = el("div", { role: "row", class: "x-row x-head" }, ...columns.map((column) => heading(view, column)));
  const body = el("div", { role: "rowgroup", class: "x-rows", style: { height: `${rows.length * HEIGHT}px` } });
  const scroll = el("div", {
    class: "x-table", role: "grid", "aria-label": "Functions", "aria-rowcount": rows.length + 1,
  }, el("div", { role: "rowgroup", class: "x-heads" }, head), body);
  const { template, least } = widths(columns);
  scroll.style.setProperty("--x-columns", template);
  scroll.style.setProperty("--x-least", `${least + 2}rem`);
  let active = Math.max(0, rows.findIndex(({ name }) => name === (view.place?.row || view.chosen)));
  let drawn = "";
  const draw = () => {
    const first = Math.max(0, Math.floor(scroll.scrollTop / HEIGHT) - MARGIN);
    const last = Math.min(rows.length, first + Math.ceil((scroll.clientHeight || 600) / HEIGHT) + 2 * MARGIN);
    if (drawn === `${first} ${last} ${active}`) return;
    drawn = `${first} ${last} ${active}`;
    const hadFocus = body.contains(document.activeElement);
    const made = [];
    for (let at = first; at < last; at += 1) made.push(rowElement(view, columns, rows[at], at, at === active));
    // A row that is out of sight is still where Tab leads to.
    if (rows.length > 0 && (active < first || active >= last)) made.push(rowElement(view, columns, rows[active], active, true));
    body.replaceChildren(...made);
    if (hadFocus) focusActive();
  };
  const focusActive = () => {
    const element = body.querySelector('[tabindex="0"]');
    if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  };
  const move = (/** @type {number} */ to) => {
    active = Math.min(rows.length - 1, Math.max(0, to));
    const top = active * HEIGHT;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    const overlap = top + 3 * HEIGHT - scroll.clientHeight;
    if (overlap > scroll.scrollTop) scroll.scrollTop = overlap;
    draw();
    focusActive();
  };
  const settle = () => {
    const middle = active * HEIGHT - scroll.clientHeight / 2;
    scroll.scrollTop = view.place ? view.place.top : view.showsChosen ? Math.max(0, middle) : 0;
    draw();
  };
  const keepPlace = () => rows[active] && view.onplace({ top: scroll.scrollTop, row: rows[active].name });
  scroll.addEventListener("scroll", () => {
    draw();
    keepPlace();
  });
  new ResizeObserver(draw).observe(scroll);
  const rowOf = (/** @type {Event} */ event) => {
    const element = event.target instanceof Element ? event.target.closest("[data-at]") : null;
    return element instanceof HTMLElement ? Number(element.dataset.at) : -1;
  };
  const open = (/** @type {number} */ at) => {
    active = at;
    keepPlace();
    view.onopen(rows[at]);
  };
  body.addEventListener("click", (event) => {
    const at = rowOf(event);
    if (at >= 0) open(at);
  });
  let pointed = -1;
  const point = (/** @type {Event} */ event) => {
    const at = rowOf(event);
    if (at >= 0 && at !== pointed) view.onpoint(rows[at], /** @type {Element} */ (event.target).closest("[data-at]") ?? body);
    pointed = at;
  };
  body.addEventListener("pointermove", point);
  body.addEventListener("focusin", point);
  body.addEventListener("contextmenu", (event) => {
    const at = rowOf(event);
    if (at < 0) return;
    event.preventDefault();
    view.onmenu(rows[at], event.clientX, event.clientY);
  });
  body.addEventListener("keydown", (event) => {
    const at = rowOf(event);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(scroll.clientHeight / HEIGHT) - 2);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    if (steps[event.key] !== undefined) move(at + steps[event.key]);
    else if (event.key === "Enter") open(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { element: scroll, settle };
}

/**
 * @param {TableView} view
 * @param {Column} column
 */
function heading(view, column) {
  const isSorted = view.sort.replace(/^-/, "") === column.id;
  // Figures begin with the largest, names with A.
  const isUp = view.sort.startsWith("-") === column.isNumber;
  const sort = isSorted ? (isUp ? "ascending" : "descending") : undefined;
  const next = isSorted && !view.sort.startsWith("-") ? `-${column.id}` : column.id;
  const button = el("button", { type: "button", onclick: () => view.onsort(next) }, column.title);
  return el("div", {
    role: "columnheader", class: column.isNumber ? "x-number" : "", "aria-sort": sort,
  }, button);
}

/**
 * @param {TableView} view
 * @param {Column[]} columns
 * @param {Row} row
 * @param {number} at
 * @param {boolean} isActive
 */
function rowElement(view, columns, row, at, isActive) {
  return el("div", {
    role: "row", class: row.name === view.chosen ? "x-row x-chosen" : "x-row", "aria-rowindex": at + 2,
    tabindex: isActive ? "0" : "-1", "data-at": at, style: { top: `${at * HEIGHT}px` },
  }, ...columns.map((column) => el("div", {
    role: "gridcell", class: column.isNumber ? "x-number" : column.id === "name" ? "x-name" : "",
    title: column.id === "name" ? visible(row.name) : undefined,
  }, column.id === "name" ? visible(short(row.name)) : column.text(row))));
}
