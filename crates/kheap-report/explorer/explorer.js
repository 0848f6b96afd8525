// @ts-check
// The page that answers questions: it draws what the address says, and changes the
// address when something is asked.

import { actionsOf, copy, copiedText, openKeys, openMenu } from "./actions.js";
import { amount, change, share, visible } from "./amount.js";
import { Answers } from "./answers.js";
import { api } from "./api.js";
import { Detail, partsOf, placeOf } from "./detail.js";
import { button, choice, el, menu, words } from "./dom.js";
import { chipElements, FilterForm, PATTERN_TITLES } from "./filters.js";
import { flame, layout, legend } from "./flame.js";
import { expand, unpack } from "./model.js";
import { compile } from "./regex.js";
import { linkReport } from "./report.js";
import { sandwich } from "./sandwich.js";
import { finder, searchBox } from "./search.js";
import { typeOf } from "./select.js";
import { side } from "./side.js";
import { format, groupOf, parse, PATTERNS, typesInTurn } from "./state.js";
import { columns, table } from "./table.js";
import { timeline } from "./time.js";

/** @typedef {import("./actions.js").Subject} Subject */
/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./top.js").Row} Row */
/** @typedef {import("./tree.js").Frame} Frame */

/** Narrower pages show a table's names first, and menus of filters when asked. */
const NARROW = 900;

/** How long to wait for the next letter of a search, in milliseconds. */
const TYPING = 120;

class Explorer {
  /**
   * @param {HTMLElement} section
   * @param {Heap} heap
   */
  constructor(section, heap) {
    this.section = section;
    this.heap = heap;
    this.answers = new Answers(heap, /** @type {State} */ (parse("#explore")));
    this.reportScroll = 0;
    this.typing = 0;
    this.placing = 0;
    this.settlePlace = () => {};
    /** Whether a key asked for the view, and the focus belongs into it. */
    this.enters = false;
    /** Whether the function of the address has to come into sight. */
    this.showsChosen = false;
    this.form = new FilterForm((change) => this.go(change));
    this.tabs = el("div", { role: "tablist", "aria-label": "View", class: "x-tabs" });
    this.options = el("div", { class: "x-choices" });
    this.controls = el("details", { class: "x-controls", open: window.innerWidth > NARROW }, el("summary", {}, "Options"),
      el("div", { class: "x-options" }, this.options, this.form.element));
    this.chips = el("div", { class: "x-chips" });
    this.aside = el("div", { class: "x-side" });
    this.view = el("div", { class: "x-view", role: "tabpanel", id: "x-view", tabindex: "-1" });
    this.detail = new Detail((subject, at) => this.openMenu(subject, at));
    this.search = searchBox({
      rows: () => this.answers.rows(),
      value: (row) => this.answers.value()(row.cumAfter, row.cumBefore),
      matched: (isFound) => `${this.answers.matched(isFound)} of what is shown`,
      onsearch: (search) => this.typed(search),
      onopen: (fn) => this.found(fn),
    });
    this.build();
  }

  get state() {
    return this.answers.state;
  }

  set state(state) {
    this.answers.state = state;
  }

  build() {
    const program = this.heap.raw.program || "heap";
    const lists = el("details", { class: "x-lists", open: window.innerWidth > NARROW }, el("summary", {}, "Filters"), this.aside);
    this.section.append(
      el("div", { class: "x-bar-top" },
        el("a", { href: "#summary", class: "x-back", onclick: (/** @type {Event} */ event) => this.leave(event) }, "← Report"),
        el("h1", { class: "x-title" }, visible(program)),
        this.tabs, this.search.element,
        button("Keys", openKeys, { "aria-keyshortcuts": "?", class: "x-wide" }),
        button("Theme", () => document.getElementById("theme-toggle")?.click(), { class: "x-wide" })),
      this.controls, this.chips,
      el("div", { class: "x-body" }, lists, this.view),
      this.detail.element);
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.follow());
    let width = this.view.clientWidth;
    new ResizeObserver(() => {
      if (!this.section.hidden && Math.abs(this.view.clientWidth - width) > 8) {
        width = this.view.clientWidth;
        this.drawView();
      }
    }).observe(this.view);
  }

  /** Shows what the address names: a state of this page, or the report. */
  follow() {
    const state = parse(location.hash);
    const wasHidden = this.section.hidden;
    if (state && wasHidden) this.reportScroll = window.scrollY;
    document.body.classList.toggle("exploring", state !== null);
    this.section.hidden = state === null;
    if (!state) {
      if (!wasHidden) this.backInReport();
      return;
    }
    this.showsChosen = wasHidden || this.state.view !== state.view || this.state.fn !== state.fn;
    this.state = state;
    clearTimeout(this.typing);
    if (wasHidden) window.scrollTo(0, 0);
    this.draw();
  }

  backInReport() {
    const target = document.getElementById(location.hash.slice(1));
    if (target && location.hash !== "#summary") target.scrollIntoView();
    else window.scrollTo(0, this.reportScroll);
  }

  /** @param {Event} event */
  leave(event) {
    event.preventDefault();
    location.hash = "#summary";
  }

  /** @param {Partial<State>} change */
  go(change) {
    const hash = format({ ...this.state, ...change });
    if (hash === location.hash) return;
    this.settlePlace();
    location.hash = hash;
  }

  /** @param {string} search */
  typed(search) {
    clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      this.keepSearch(search);
      this.drawView();
    }, TYPING);
  }

  /**
   * A letter is no step that Back should undo.
   * @param {string} search
   */
  keepSearch(search) {
    this.state = { ...this.state, search };
    history.replaceState(null, "", format(this.state));
  }

  /**
   * Opens what was found, and leaves the box.
   * @param {string} fn
   */
  found(fn) {
    clearTimeout(this.typing);
    this.keepSearch(this.search.input.value);
    this.enters = true;
    this.go({ view: "sandwich", fn });
  }

  /**
   * Keeps where the reader is in a table for when Back leads there again.
   * @param {import("./table.js").Place} place
   */
  keepPlace(place) {
    clearTimeout(this.placing);
    const address = location.hash;
    this.settlePlace = () => {
      this.settlePlace = () => {};
      if (address === location.hash) history.replaceState(place, "");
    };
    // Browsers bear with few changes of the history a second.
    this.placing = window.setTimeout(() => this.settlePlace(), TYPING);
  }

  draw() {
    const { state } = this;
    document.title = `${{ flame: "Flame graph", sandwich: "Callers and callees", table: "Table" }[state.view]}: ${this.heap.raw.program}`;
    this.drawTabs();
    const problem = this.problem();
    this.drawOptions();
    this.drawChips(problem);
    if (problem) {
      this.detail.clear();
      this.aside.replaceChildren();
      this.view.replaceChildren(el("p", { role: "alert", class: "x-empty" }, problem));
      return;
    }
    this.aside.replaceChildren(...side({
      heap: this.heap, query: this.answers.query(), selection: this.answers.selection(),
      ontoggle: (name, value) => this.toggle(name, value),
    }));
    this.search.show(state.search);
    this.drawView();
  }

  /** Why a filter cannot be applied. */
  problem() {
    for (const name of PATTERNS) {
      try {
        compile(this.state[name]);
      } catch (error) {
        return `${PATTERN_TITLES[name]} ${this.state[name]}: ${error instanceof Error ? error.message : ""}`;
      }
    }
    return "";
  }

  drawTabs() {
    const views = /** @type {[State["view"], string][]} */ ([["flame", "Flame"], ["sandwich", "Sandwich"], ["table", "Table"]]);
    const focused = this.tabs.contains(document.activeElement);
    const tabs = views.map(([view, title]) => button(title, () => this.go({ view }), {
      role: "tab", "aria-selected": view === this.state.view ? "true" : "false", "aria-controls": "x-view",
      tabindex: view === this.state.view ? "0" : "-1",
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const at = views.findIndex(([other]) => other === view);
        this.go({ view: views[(at + step + views.length) % views.length][0] });
        event.preventDefault();
      },
    }));
    this.tabs.replaceChildren(...tabs);
    if (focused) tabs.find((tab) => tab.tabIndex === 0)?.focus();
  }

  drawOptions() {
    const { state, heap } = this;
    const type = this.answers.query().sampleType ?? "";
    const types = heap.raw.types.map(({ name }) => /** @type {[string, string]} */ ([name, name]));
    const change = (/** @type {string} */ name) => (/** @type {string} */ value) => this.go({ [name]: value, zoom: "" });
    const write = (/** @type {string} */ values) => this.go({ values: /** @type {State["values"]} */ (values) });
    const time = this.problem() ? null : timeline(heap, state, typeOf(heap, type), (change) => this.go(change));
    const values = menu("Values", [["amount", heap.raw.types[typeOf(heap, type)].unit === "bytes" ? "bytes" : "amounts"],
      ["all", "share of all"], ["shown", "share of shown"]], state.values, write);
    const flameOptions = state.view === "flame" ? [
      choice("Order", [["root", "Root first"], ["allocator", "Allocator first"]], state.order, change("order")),
      menu("Group by", [["none", "nothing"], ["part", "part"], ["verb", "verb"], ["kind", "kind"]], groupOf(heap, state), change("group")),
    ] : [];
    const frames = state.view === "table" ? null
      : choice("Frames", [["folded", "Folded"], ["all", "All frames"]], state.frames, change("frames"));
    const cut = heap.raw.rows.mended.length === 0 ? null
      : choice("Stacks that Go cut", [["", "Cut stacks"], ["mended", "Callers put back"]], state.cut, change("cut"));
    this.form.draw(state);
    const held = document.activeElement instanceof HTMLElement && this.options.contains(document.activeElement)
      ? labelOf(document.activeElement) : "";
    this.options.replaceChildren(...[
      menu("Sample type", types, type, (name) => this.go({ type: name === types[heap.raw.shown][0] ? "" : name, zoom: "" })),
      values, ...flameOptions, frames, cut, time,
    ].filter((element) => element !== null));
    // What was chosen by key keeps the focus, though it is a new element.
    if (held) Array.from(this.options.querySelectorAll("button, select")).find((element) =>
      element instanceof HTMLElement && labelOf(element) === held && (element.focus(), true));
  }

  /** @param {string} problem */
  drawChips(problem) {
    const { state, heap } = this;
    /** @type {import("./filters.js").Chip[]} */
    const chips = [];
    const titles = new Map(heap.raw.parts.map(({ id, title }) => [id, title]));
    for (const name of /** @type {const} */ (["part", "verb", "kind"])) {
      for (const value of state[name]) {
        const without = { [name]: state[name].filter((other) => other !== value) };
        chips.push({ name, value: titles.get(value) ?? value, without });
      }
    }
    const finding = heap.raw.findings.find(({ anchor }) => anchor === state.finding);
    if (state.finding) chips.push({ name: "finding", value: finding ? finding.title : "not in this report", without: { finding: "" } });
    if (state.size) chips.push({ name: "object size", value: amount(Number(state.size) || 0, "bytes"), without: { size: "" } });
    for (const pattern of PATTERNS) {
      if (state[pattern]) chips.push({ name: PATTERN_TITLES[pattern], value: state[pattern], without: { [pattern]: "" }, pattern });
    }
    const elements = chipElements(chips, (change) => this.go(change), (pattern, text) => this.form.edit(pattern, text));
    const clear = chips.length > 1 ? button("Remove all", () => this.clear(), { class: "x-link" }) : null;
    this.chips.replaceChildren(...elements, ...(clear ? [clear] : []), problem ? "" : this.shownText(), ...(finding ? [this.about(finding)] : []));
  }

  /**
   * What the report says of a finding that is a filter, in short.
   * @param {import("./model.js").RawModel["findings"][number]} finding
   */
  about({ anchor, about, steps }) {
    return el("p", { class: "x-about" }, ...words(about), ". ",
      ...(steps.length > 0 ? [el("b", {}, "Do first: "), ...words(steps[0]), " "] : []),
      el("a", { href: `#${anchor}` }, "Read it in the report"));
  }

  /** How much of the heap is shown. */
  shownText() {
    const { all, shown, after, before, type } = this.answers.totals();
    const { unit } = this.heap.raw.types[type];
    const trimmed = this.heap.raw.trimmed;
    const bound = trimmed > 0 ? ` ${trimmed} small stacks are one row, (trimmed): figures are at least what is written.` : "";
    const inexact = this.heap.raw.exact ? "" : " Sums past 2^53 are rounded.";
    const text = this.answers.selection().isDifference
      ? `${amount(before, unit)} → ${amount(after, unit)} (${change(after - before, unit)})`
      : `${amount(shown, unit)} of ${amount(all, unit)} shown (${share(shown, all)})`;
    const cut = this.heap.raw.cut ? " Long names are cut." : "";
    return el("span", { class: "x-shown", role: "status" }, text + bound + inexact + cut);
  }

  /**
   * @param {"part" | "verb" | "kind" | "finding" | "size"} name
   * @param {string} value
   */
  toggle(name, value) {
    const { state } = this;
    if (name === "finding" || name === "size") this.go({ [name]: state[name] === value ? "" : value, zoom: "" });
    else {
      const rest = state[name].filter((other) => other !== value);
      this.go({ [name]: rest.length < state[name].length ? rest : [...rest, value], zoom: "" });
    }
  }

  clear() {
    this.go({ part: [], verb: [], kind: [], finding: "", size: "", focus: "", ignore: "", hide: "", show: "", from: "", zoom: "" });
  }

  drawView() {
    if (this.problem()) return;
    const { view } = this.state;
    const hadFocus = this.view.contains(document.activeElement);
    this.detail.clear();
    const { made, settle } = view === "table" ? this.table() : { made: view === "flame" ? this.flame() : this.sandwich(), settle: null };
    this.view.setAttribute("aria-label", { flame: "Flame graph", sandwich: "Callers and callees", table: "Table" }[view]);
    this.view.replaceChildren(...made);
    settle?.();
    if (hadFocus || this.enters) this.enter();
    this.enters = false;
  }

  /** Puts the focus where keys begin in the view. */
  enter() {
    const element = this.view.querySelector("[data-zoom]") ?? this.view.querySelector('[tabindex="0"]');
    if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  }

  /**
   * Shows a view and puts the focus into it.
   * @param {State["view"]} view
   */
  enterView(view) {
    if (view === this.state.view) return this.enter();
    this.enters = true;
    this.go({ view });
  }

  /**
   * What all flame graphs of a state share.
   * @param {boolean} isTurned Whether callers are below what they call.
   */
  flameParts(isTurned) {
    const { type } = this.answers.totals();
    const value = this.answers.value();
    return {
      isDifference: this.answers.selection().isDifference,
      unit: this.heap.raw.types[type].unit,
      value: (/** @type {Frame} */ frame) => value(frame.after, frame.before),
      parts: this.heap.raw.parts,
      isFound: finder(this.state.search),
      onpoint: (/** @type {Frame} */ frame, /** @type {Element} */ element) => this.pointFrame(frame, element, isTurned),
      onmenu: (/** @type {Frame} */ frame, /** @type {number} */ x, /** @type {number} */ y) => {
        const subject = this.subjectOf(frame);
        if (subject) this.openMenu(subject, { x, y });
      },
    };
  }

  /** @returns {Node[]} */
  flame() {
    const { root, frames } = this.answers.tree();
    if (root.width === 0) return [el("p", { class: "x-empty" }, "Nothing is left of the heap under these filters.")];
    let zoom = root;
    for (const at of this.state.zoom === "" ? [] : this.state.zoom.split(".")) zoom = zoom.children[Number(at)] ?? zoom;
    const onzoom = (/** @type {Frame} */ frame) => this.go({ zoom: frame === zoom ? "" : wayTo(frame) });
    const isTurned = this.state.order === "allocator";
    const label = isTurned ? "Flame graph, allocator first" : "Flame graph, root first";
    const view = { ...this.flameParts(isTurned), label, root, zoom, isUpward: false, onzoom };
    const pixels = this.width();
    const boxes = layout(zoom, pixels);
    return [...this.notes(frames), legend(view, boxes), flame(view, boxes, pixels)];
  }

  /**
   * What the reader of the graph has to know, as above a picture of the program.
   * @param {Frame[]} frames
   */
  notes(frames) {
    const { state, heap } = this;
    const notes = [];
    if (state.group === "" && groupOf(heap, state) === "part") {
      notes.push(`Grouped by part: for ${this.answers.cutShare()} the outermost callers are missing.`);
    }
    const folded = new Set(frames.flatMap(({ folded }) => Array.from(folded ?? [])));
    if (folded.size > 0) {
      notes.push(`Folded: ${folded.size} functions that only pass calls on, into [brackets]; All frames shows them.`);
    }
    return notes.map((note) => el("p", { class: "x-note x-quiet" }, note));
  }

  /** @returns {Node[]} */
  sandwich() {
    const list = this.answers.rows();
    const key = this.state.fn ? this.answers.keyOf(this.state.fn) : list[0]?.key ?? -1;
    if (key < 0) {
      const text = this.state.fn ? `No function of this heap is named ${visible(this.state.fn)}.` : "Nothing is shown.";
      return [el("p", { class: "x-empty" }, text)];
    }
    const value = this.answers.value();
    const isDifference = this.answers.selection().isDifference;
    const width = this.width();
    const pixels = width > NARROW ? width - 300 : width;
    return [sandwich({
      heap: this.heap, selection: this.answers.selection(), keys: this.answers.keys, key, pixels,
      value: (weight) => (isDifference ? value(Math.max(weight, 0), Math.max(-weight, 0)) : value(weight, 0)),
      flame: (isTurned) => this.flameParts(isTurned),
      isFolded: this.state.frames === "folded",
      onopen: (fn) => this.go({ view: "sandwich", fn }),
    })];
  }

  /** How wide a graph may be: the view without its padding. */
  width() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.view);
    return this.view.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  }

  /** @returns {{made: Node[], settle: () => void}} */
  table() {
    const { type, all, shown } = this.answers.totals();
    const isFound = finder(this.state.search);
    const list = this.answers.rows().filter(({ name }) => !isFound || isFound(name));
    const parts = this.answers.remember("parts", this.answers.query(), () => this.answers.partsOfKeys());
    const name = this.heap.raw.types[type].name;
    const { element, settle } = table({
      rows: list,
      columns: columns({
        unit: this.heap.raw.types[type].unit,
        isDifference: this.answers.selection().isDifference,
        measure: this.state.sort.replace(/^-/, "").startsWith("cum") ? "cum" : "flat",
        hasObjects: name.endsWith("_space") && this.heap.raw.types.some((other) => other.name === name.replace(/_space$/, "_objects")),
        isBound: this.heap.raw.trimmed > 0,
        total: this.state.values === "shown" ? shown : all,
        part: (row) => parts[row.key],
      }),
      sort: this.state.sort,
      chosen: this.state.fn,
      place: history.state,
      showsChosen: this.showsChosen,
      isNarrow: window.innerWidth <= NARROW,
      onsort: (sort) => this.go({ sort }),
      onpoint: (row, element) => this.pointRow(row, element),
      onopen: (row) => this.go({ view: "sandwich", fn: row.name }),
      onmenu: (row, x, y) => this.openMenu(this.functionOf(row.name), { x, y }),
      onplace: (place) => this.keepPlace(place),
    });
    return { made: [element], settle };
  }

  /**
   * @param {Frame} frame
   * @param {Element} element
   * @param {boolean} isTurned
   */
  pointFrame(frame, element, isTurned) {
    const { raw } = this.heap;
    // In a turned tree no frame but the first ones allocates.
    const own = isTurned ? this.answers.wholeFunction(frame.key) : this.answers.itself(frame.flatAfter, frame.flatBefore);
    this.detail.show({
      name: frame.name, element, subject: this.subjectOf(frame), place: placeOf(this.heap, frame),
      figures: `${this.answers.figures(frame.after, frame.before)}${own}`,
      parts: this.answers.selection().isDifference ? "" : partsOf(raw.parts, frame),
    });
  }

  /**
   * @param {Row} row
   * @param {Element} element
   */
  pointRow(row, element) {
    this.detail.show({
      name: row.name, element, subject: this.functionOf(row.name), place: this.answers.keys.files[row.key], parts: "",
      figures: `${this.answers.figures(row.cumAfter, row.cumBefore)}${this.answers.itself(row.flatAfter, row.flatBefore)}`,
    });
  }

  /**
   * What can be acted on where a frame is.
   * @param {Frame} frame
   * @returns {Subject | null}
   */
  subjectOf(frame) {
    const { name, folded, group } = frame;
    if (frame.key >= 0) return this.functionOf(name);
    if (folded) return { kind: "chain", title: name, names: Array.from(folded).flatMap((name) => this.answers.namesOf(name)) };
    const dimension = groupOf(this.heap, this.state);
    if (group === null || dimension === "none") return null;
    return { kind: "group", title: name, names: [], dimension, value: group };
  }

  /**
   * @param {string} title
   * @returns {Subject}
   */
  functionOf(title) {
    return { kind: "function", title, names: this.answers.namesOf(title) };
  }

  /**
   * @param {Subject} subject
   * @param {{x: number, y: number}} at
   */
  openMenu(subject, at) {
    openMenu(subject, this.state, at, (action) => this.go(action.change(this.state, subject)));
  }

  /**
   * Does what a key means for what is pointed at.
   * @param {string} key
   */
  act(key) {
    const { subject } = this.detail;
    if (!subject) return false;
    const action = actionsOf(subject, this.state).find((action) => action.key === key);
    if (action) this.go(action.change(this.state, subject));
    else if (key === "m" || key === "ContextMenu") this.detail.openMenu();
    else if (key === "c" && subject.names.length > 0) copy(copiedText(subject));
    else return false;
    return true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.section.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || document.querySelector("dialog[open]")) return;
    if (this.act(event.key)) {
      event.preventDefault();
      return;
    }
    const { state } = this;
    const next = (/** @type {string[]} */ list, /** @type {string} */ value) => list[(list.indexOf(value) + 1) % list.length];
    const isNowhere = target === document.body || target === this.view;
    /** @type {Record<string, () => void>} */
    const keys = {
      1: () => this.enterView("flame"), 2: () => this.enterView("sandwich"), 3: () => this.enterView("table"),
      "/": () => this.search.input.focus(), e: () => this.form.focus(), "?": openKeys, b: () => { location.hash = "#summary"; }, x: () => this.clear(),
      Escape: () => this.go({ zoom: "" }),
      o: () => this.go({ order: state.order === "root" ? "allocator" : "root", zoom: "" }),
      a: () => this.go({ frames: state.frames === "all" ? "folded" : "all", zoom: "" }),
      g: () => this.go({ group: /** @type {State["group"]} */ (next(["none", "part", "verb", "kind"], groupOf(this.heap, state))), zoom: "" }),
      v: () => this.go({ values: /** @type {State["values"]} */ (next(["amount", "all", "shown"], state.values)) }),
      y: () => this.go({ type: next(typesInTurn(this.heap.raw), this.answers.query().sampleType ?? ""), zoom: "" }),
    };
    const act = isNowhere && /^(Arrow.*|Enter|Home|End)$/.test(event.key) ? () => this.enter() : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/**
 * What an option is known by when all are drawn anew.
 * @param {HTMLElement} element
 */
function labelOf(element) {
  return element.closest("label")?.querySelector("span")?.textContent ?? element.getAttribute("aria-label") ?? element.textContent ?? "";
}

/**
 * The way from the root to a frame, as positions among the callees.
 * @param {Frame} frame
 */
function wayTo(frame) {
  const way = [];
  for (let at = frame; at.parent; at = at.parent) way.unshift(at.parent.children.indexOf(at));
  return way.join(".");
}

async function start() {
  const section = document.getElementById("explorer");
  const packed = document.getElementById("kheap-model");
  if (!section || !packed || typeof DecompressionStream === "undefined") return;
  const heap = expand(await unpack(packed.textContent ?? ""));
  const explorer = new Explorer(section, heap);
  Object.defineProperty(window, "kheap", { value: api(heap, () => explorer.answers.query()), enumerable: true });
  linkReport(heap);
  explorer.follow();
}

// The report is read first; who comes for an answer waits for nothing.
if (parse(location.hash)) start();
else setTimeout(start, 50);
