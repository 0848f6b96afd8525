// @ts-check
// The page that answers questions: it draws what the address says, and changes the
// address when something is asked.

import { ACTIONS, copy, openKeys, openMenu } from "./actions.js";
import { amount, change, share, short, visible } from "./amount.js";
import { api } from "./api.js";
import { button, choice, el, menu, words } from "./dom.js";
import { flame, NEUTRAL, valueText } from "./flame.js";
import { expand, unpack } from "./model.js";
import { compile } from "./regex.js";
import { linkReport } from "./report.js";
import { sandwich } from "./sandwich.js";
import { finder, searchBox } from "./search.js";
import { select, typeOf } from "./select.js";
import { side } from "./side.js";
import { format, groupOf, parse, PATTERNS, query } from "./state.js";
import { columns, table } from "./table.js";
import { timeline } from "./time.js";
import { eachStack, rows } from "./top.js";
import { tree } from "./tree.js";

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Query} Query */
/** @typedef {import("./select.js").Selection} Selection */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./top.js").Row} Row */
/** @typedef {import("./tree.js").Frame} Frame */
/** @typedef {import("./tree.js").TreeOptions} TreeOptions */

/** What filters on names are called on the page. */
const PATTERN_TITLES = { focus: "focus", ignore: "ignore", hide: "hide", show: "show", from: "show from" };

/** Narrower frames are in no legend. */
const LEAST_SHARE = 0.003;

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
    this.isPair = heap.values.length > 1;
    this.keys = this.isPair ? heap.canonical : heap.written;
    /** @type {State} */
    this.state = /** @type {State} */ (parse("#explore"));
    /** @type {Map<string, any>} What was computed for the last questions. */
    this.known = new Map();
    this.reportScroll = 0;
    this.typing = 0;
    this.tabs = el("div", { role: "tablist", "aria-label": "View", class: "x-tabs" });
    this.options = el("div", { class: "x-options" });
    this.controls = el("details", { class: "x-controls", open: window.innerWidth > 900 }, el("summary", {}, "Options"), this.options);
    this.chips = el("div", { class: "x-chips" });
    this.aside = el("div", { class: "x-side" });
    this.view = el("div", { class: "x-view", role: "tabpanel", id: "x-view", tabindex: "-1" });
    this.detail = el("div", { class: "x-detail", role: "status", "aria-live": "off" });
    this.search = searchBox({
      rows: () => this.rows(),
      value: (row) => this.value()(row.cumAfter, row.cumBefore),
      matched: (isFound) => `${this.matched(isFound)} of what is shown`,
      onsearch: (search) => this.typed(search),
      onopen: (fn) => this.go({ view: "sandwich", fn }),
    });
    this.build();
  }

  build() {
    const program = this.heap.raw.program || "heap";
    const lists = el("details", { class: "x-lists", open: window.innerWidth > 900 }, el("summary", {}, "Filters"), this.aside);
    this.section.append(
      el("div", { class: "x-bar-top" },
        el("a", { href: "#summary", class: "x-back", onclick: (/** @type {Event} */ event) => this.leave(event) }, "← Report"),
        el("h1", { class: "x-title" }, visible(program)),
        this.tabs, this.search.element,
        button("Keys", openKeys, { "aria-keyshortcuts": "?", class: "x-wide" }),
        button("Theme", () => document.getElementById("theme-toggle")?.click(), { class: "x-wide" })),
      this.controls, this.chips,
      el("div", { class: "x-body" }, lists, this.view),
      this.detail);
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
    this.state = state;
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
    location.hash = hash;
  }

  /** @param {string} search */
  typed(search) {
    clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      this.state = { ...this.state, search };
      // A letter is no step that Back should undo.
      history.replaceState(null, "", format(this.state));
      this.drawView();
    }, TYPING);
  }

  /**
   * @template T
   * @param {string} kind
   * @param {unknown} question
   * @param {() => T} compute
   * @returns {T}
   */
  remember(kind, question, compute) {
    const key = JSON.stringify(question);
    const last = this.known.get(kind);
    if (last && last.key === key) return last.value;
    const value = compute();
    this.known.set(kind, { key, value });
    return value;
  }

  /** @returns {Query} */
  query() {
    return query(this.heap, this.state);
  }

  /** @returns {Selection} */
  selection() {
    const asked = this.query();
    return this.remember("selection", asked, () => select(this.heap, asked));
  }

  /** @returns {Row[]} */
  rows() {
    return this.remember("rows", this.query(), () => rows(this.heap, this.selection(), this.keys));
  }

  /** @returns {{root: Frame, frames: Frame[]}} */
  tree() {
    const { order, frames } = this.state;
    const [asked, group] = [this.query(), groupOf(this.heap, this.state)];
    /** @type {TreeOptions} */
    const options = { inverted: order === "allocator", isFolded: frames === "folded" };
    return this.remember("tree", [asked, order, group, frames], () => {
      const selection = group === "none" ? this.selection() : select(this.heap, asked, group);
      return tree(this.heap, selection, this.keys, options);
    });
  }

  /** What shares are of. */
  totals() {
    const asked = this.query();
    const type = typeOf(this.heap, asked.sampleType);
    const { snapshots } = this.heap.raw;
    const { before, after } = this.selection();
    const sum = (/** @type {Float64Array} */ values) => values.reduce((sum, value) => sum + value, 0);
    const all = asked.base === undefined ? snapshots[asked.snapshot ?? snapshots.length - 1].totals[type] : this.changed(asked);
    return { all, shown: asked.base === undefined ? sum(after) : sum(before), after: sum(after), before: sum(before), type };
  }

  /**
   * How much a difference changed in all, whatever is filtered: as in `kheap top --base`,
   * shares of a difference are of that.
   * @param {import("./select.js").Query} asked
   */
  changed(asked) {
    const { sampleType, snapshot, base } = asked;
    const { before, after } = select(this.heap, { sampleType, snapshot, base });
    return after.reduce((sum, value, at) => sum + Math.abs(value - before[at]), 0);
  }

  /** Writes values as they were chosen. */
  value() {
    const { all, shown, type } = this.totals();
    const { isDifference } = this.selection();
    const { unit } = this.heap.raw.types[type];
    return valueText(this.state.values, isDifference, unit, all, shown, this.heap.raw.trimmed > 0);
  }

  /**
   * How much is on stacks with some function, as a share of what is shown.
   * @param {(name: string) => boolean} isFound
   */
  matched(isFound) {
    const found = Uint8Array.from(this.keys.names, (name) => (isFound(name) ? 1 : 0));
    const selection = this.selection();
    let [sum, all] = [0, 0];
    eachStack(selection, (stack, start, end) => {
      const value = Math.max(Math.abs(selection.after[stack]), Math.abs(selection.before[stack]));
      all += value;
      for (let at = start; at < end; at += 1) {
        if (found[this.keys.of[this.heap.func[selection.frames[at]]]]) {
          sum += value;
          return;
        }
      }
    });
    return share(sum, all);
  }

  draw() {
    const { state } = this;
    document.title = `${{ flame: "Flame graph", sandwich: "Callers and callees", table: "Table" }[state.view]}: ${this.heap.raw.program}`;
    this.drawTabs();
    const problem = this.problem();
    this.drawOptions();
    this.drawChips(problem);
    if (problem) {
      this.point(null);
      this.view.replaceChildren(el("p", { role: "alert", class: "x-empty" }, problem));
      return;
    }
    this.aside.replaceChildren(...side({
      heap: this.heap, query: this.query(), selection: this.selection(),
      ontoggle: (name, value) => this.toggle(name, value),
    }));
    this.point(null);
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
    const type = this.query().sampleType ?? "";
    const types = heap.raw.types.map(({ name }) => /** @type {[string, string]} */ ([name, name]));
    const change = (/** @type {string} */ name) => (/** @type {string} */ value) => this.go({ [name]: value, zoom: "" });
    const time = this.problem() ? null : timeline(heap, state, typeOf(heap, type), (change) => this.go(change));
    const values = menu("Values", [["amount", heap.raw.types[typeOf(heap, type)].unit === "bytes" ? "bytes" : "amounts"],
      ["all", "share of all"], ["shown", "share of shown"]], state.values, change("values"));
    const flameOptions = state.view === "flame" ? [
      choice("Order", [["root", "Root first"], ["allocator", "Allocator first"]], state.order, change("order")),
      menu("Group by", [["none", "nothing"], ["part", "part"], ["verb", "verb"], ["kind", "kind"]], groupOf(heap, state), change("group")),
    ] : [];
    const frames = state.view === "table" ? null
      : choice("Frames", [["folded", "Folded"], ["all", "All frames"]], state.frames, change("frames"));
    const cut = heap.raw.rows.mended.length === 0 ? null
      : choice("Stacks that Go cut", [["", "Cut stacks"], ["mended", "Callers put back"]], state.cut, change("cut"));
    const held = document.activeElement instanceof HTMLElement && this.options.contains(document.activeElement)
      ? labelOf(document.activeElement) : "";
    this.options.replaceChildren(...[
      menu("Sample type", types, type, (name) => this.go({ type: name === types[heap.raw.shown][0] ? "" : name, zoom: "" })),
      values, ...flameOptions, frames, cut, time, this.addForm(),
    ].filter((element) => element !== null));
    // What was chosen by key keeps the focus, though it is a new element.
    if (held) Array.from(this.options.querySelectorAll("button, select")).find((element) =>
      element instanceof HTMLElement && labelOf(element) === held && (element.focus(), true));
  }

  /** @param {string} problem */
  drawChips(problem) {
    const { state, heap } = this;
    /** @type {[string, string, Partial<State>][]} */
    const chips = [];
    const titles = new Map(heap.raw.parts.map(({ id, title }) => [id, title]));
    for (const name of /** @type {const} */ (["part", "verb", "kind"])) {
      for (const value of state[name]) {
        chips.push([name, titles.get(value) ?? value, { [name]: state[name].filter((other) => other !== value) }]);
      }
    }
    const finding = heap.raw.findings.find(({ anchor }) => anchor === state.finding);
    if (state.finding) chips.push(["finding", finding ? finding.title : "not in this report", { finding: "" }]);
    if (state.size) chips.push(["object size", amount(Number(state.size) || 0, "bytes"), { size: "" }]);
    for (const name of PATTERNS) {
      if (state[name]) chips.push([PATTERN_TITLES[name], state[name], { [name]: "" }]);
    }
    const elements = chips.map(([name, value, without]) => el("span", { class: "x-chip" },
      el("b", {}, name), ` ${visible(value)} `,
      button("×", () => this.go({ ...without, zoom: "" }), { "aria-label": `Remove ${name} ${visible(value)}` })));
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

  /** A form in which a filter is typed. */
  addForm() {
    const choices = PATTERNS.map((name) => el("option", { value: name }, PATTERN_TITLES[name]));
    const kind = /** @type {HTMLSelectElement} */ (el("select", { "aria-label": "Filter" }, ...choices));
    const text = /** @type {HTMLInputElement} */ (el("input", {
      "aria-label": "Expression on functions, files and binaries", placeholder: "regular expression",
      autocomplete: "off", spellcheck: "false",
    }));
    text.addEventListener("input", () => text.setCustomValidity(""));
    return el("form", {
      class: "x-add",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        try {
          compile(text.value);
        } catch (error) {
          text.setCustomValidity(error instanceof Error ? error.message : "invalid");
          text.reportValidity();
          return;
        }
        if (text.value) this.go({ [kind.value]: text.value, zoom: "" });
      },
    }, kind, text, el("button", {}, "Add filter"));
  }

  /** How much of the heap is shown. */
  shownText() {
    const { all, shown, after, before, type } = this.totals();
    const { unit } = this.heap.raw.types[type];
    const trimmed = this.heap.raw.trimmed;
    const bound = trimmed > 0 ? ` ${trimmed} small stacks are one row, (trimmed): figures are at least what is written.` : "";
    const inexact = this.heap.raw.exact ? "" : " Sums past 2^53 are rounded.";
    const text = this.selection().isDifference
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
    const made = view === "flame" ? this.flame() : view === "sandwich" ? this.sandwich() : this.table();
    this.view.setAttribute("aria-label", { flame: "Flame graph", sandwich: "Callers and callees", table: "Table" }[view]);
    this.view.replaceChildren(...made);
    if (hadFocus) {
      const element = this.view.querySelector('[data-zoom], [tabindex="0"]');
      if (element instanceof HTMLElement) element.focus({ preventScroll: true });
    }
  }

  /** What all flame graphs of a state share. */
  flameParts() {
    const { type } = this.totals();
    const value = this.value();
    return {
      isDifference: this.selection().isDifference,
      unit: this.heap.raw.types[type].unit,
      value: (/** @type {Frame} */ frame) => value(frame.after, frame.before),
      parts: this.heap.raw.parts,
      isFound: finder(this.state.search),
      onpoint: (/** @type {Frame | null} */ frame) => frame && this.pointFrame(frame),
      onmenu: (/** @type {Frame} */ frame, /** @type {number} */ x, /** @type {number} */ y) => {
        if (frame.key >= 0) this.openMenu(frame.name, x, y);
      },
      onkey: (/** @type {Frame} */ frame, /** @type {string} */ key) => frame.key >= 0 && this.act(frame.name, key),
    };
  }

  /** @returns {Node[]} */
  flame() {
    const { root, frames } = this.tree();
    if (root.width === 0) return [el("p", { class: "x-empty" }, "Nothing is left of the heap under these filters.")];
    let zoom = root;
    for (const at of this.state.zoom === "" ? [] : this.state.zoom.split(".")) zoom = zoom.children[Number(at)] ?? zoom;
    const onzoom = (/** @type {Frame} */ frame) => this.go({ zoom: frame === zoom ? "" : wayTo(frame) });
    const label = this.state.order === "root" ? "Flame graph, root first" : "Flame graph, allocator first";
    return [
      ...this.notes(frames), ...this.legend(frames),
      flame({ ...this.flameParts(), label, root, zoom, isUpward: false, onzoom }, this.view.clientWidth),
    ];
  }

  /**
   * What the reader of the graph has to know, as above a picture of the program.
   * @param {Frame[]} frames
   */
  notes(frames) {
    const { state, heap } = this;
    const notes = [];
    if (state.group === "" && groupOf(heap, state) === "part") {
      const { snapshots, shown, cut_stacks: cut } = heap.raw;
      const part = share(cut ?? 0, snapshots[snapshots.length - 1].totals[shown]);
      notes.push(`Grouped by part: Go cut the stacks of ${part} of the bytes, and their outermost callers are missing.`);
    }
    const folded = new Set(frames.flatMap(({ folded }) => Array.from(folded ?? [])));
    if (folded.size > 0) {
      notes.push(`Folded: ${folded.size} functions that only pass calls on, into [brackets]; All frames shows them.`);
    }
    return notes.map((note) => el("p", { class: "x-note x-quiet" }, note));
  }

  /**
   * What the colours mean: those that are seen.
   * @param {Frame[]} frames
   */
  legend(frames) {
    const swatch = (/** @type {string} */ color, /** @type {string} */ text) =>
      el("span", { class: "x-swatch" }, el("i", { style: { backgroundColor: color }, "aria-hidden": "true" }), visible(text));
    if (this.selection().isDifference) {
      return [el("p", { class: "x-legend x-quiet" }, swatch("#ec6e54", "+ grew"), swatch("#5da0d6", "- shrank"), swatch(NEUTRAL, "as before"),
        "Width is the larger of before and after.")];
    }
    const whole = frames[0].width * LEAST_SHARE;
    const seen = new Set(frames.filter(({ width }) => width >= whole).map(({ part }) => part));
    const items = this.heap.raw.parts.filter(({ color }, at) => seen.has(at) && color !== NEUTRAL)
      .map(({ title, color }) => swatch(color, title));
    return [el("p", { class: "x-legend x-quiet" }, ...items, swatch(NEUTRAL, "several or other parts"))];
  }

  /** @returns {Node[]} */
  sandwich() {
    const list = this.rows();
    const key = this.state.fn ? this.keyOf(this.state.fn) : list[0]?.key ?? -1;
    if (key < 0) {
      const text = this.state.fn ? `No function of this heap is named ${visible(this.state.fn)}.` : "Nothing is shown.";
      return [el("p", { class: "x-empty" }, text)];
    }
    const value = this.value();
    const isDifference = this.selection().isDifference;
    const pixels = this.view.clientWidth > 900 ? this.view.clientWidth - 300 : this.view.clientWidth;
    return [sandwich({
      heap: this.heap, selection: this.selection(), keys: this.keys, key, pixels,
      value: (weight) => (isDifference ? value(Math.max(weight, 0), Math.max(-weight, 0)) : value(weight, 0)),
      flame: this.flameParts(),
      isFolded: this.state.frames === "folded",
      onopen: (fn) => this.go({ view: "sandwich", fn }),
    })];
  }

  /**
   * The key of a function by its name, as a dump has it or without what a build adds.
   * @param {string} name
   */
  keyOf(name) {
    const key = this.keys.names.indexOf(name);
    if (key >= 0) return key;
    const canonical = this.heap.canonical.names.indexOf(name);
    const at = canonical < 0 ? -1 : this.heap.canonical.of.indexOf(canonical);
    return at < 0 ? -1 : this.keys.of[at];
  }

  /** @returns {Node[]} */
  table() {
    const { type, all, shown } = this.totals();
    const isFound = finder(this.state.search);
    const list = this.rows().filter(({ name }) => !isFound || isFound(name));
    const parts = this.remember("parts", this.query(), () => this.partsOfKeys());
    const name = this.heap.raw.types[type].name;
    return [table({
      rows: list,
      columns: columns({
        unit: this.heap.raw.types[type].unit,
        isDifference: this.selection().isDifference,
        measure: this.state.sort.replace(/^-/, "").startsWith("cum") ? "cum" : "flat",
        hasObjects: name.endsWith("_space") && this.heap.raw.types.some((other) => other.name === name.replace(/_space$/, "_objects")),
        isBound: this.heap.raw.trimmed > 0,
        total: this.state.values === "shown" ? shown : all,
        part: (row) => parts[row.key],
      }),
      sort: this.state.sort,
      chosen: this.state.fn,
      onsort: (sort) => this.go({ sort }),
      onpoint: (row) => row && this.pointRow(row),
      onopen: (row) => this.go({ view: "sandwich", fn: row.name }),
      onmenu: (row, x, y) => this.openMenu(row.name, x, y),
      onkey: (row, key) => this.act(row.name, key),
    })];
  }

  /** By key: the title of the part that most of its cum is of. */
  partsOfKeys() {
    const selection = this.selection();
    const { parts } = this.heap.raw;
    const sums = new Float64Array(this.keys.names.length * parts.length);
    const seen = new Int32Array(this.keys.names.length).fill(-1);
    eachStack(selection, (stack, start, end) => {
      for (let at = start; at < end; at += 1) {
        const key = this.keys.of[this.heap.func[selection.frames[at]]];
        if (seen[key] === stack) continue;
        seen[key] = stack;
        for (let part = 0; part < parts.length; part += 1) {
          sums[key * parts.length + part] += selection.parts[stack * parts.length + part];
        }
      }
    });
    return this.keys.names.map((_, key) => {
      const own = sums.subarray(key * parts.length, (key + 1) * parts.length);
      const most = own.reduce((most, value, at) => (value > own[most] ? at : most), 0);
      return parts[most]?.title ?? "";
    });
  }

  /** @param {Frame} frame */
  pointFrame(frame) {
    this.point(frame.name, this.placeOf(frame), this.figures(frame.after, frame.before, frame.flatAfter, frame.flatBefore), frame.key >= 0);
  }

  /**
   * Where a frame stands in the source, or what it stands for.
   * @param {Frame} frame
   */
  placeOf(frame) {
    if (frame.folded) return `folded: ${Array.from(frame.folded, short).join(", ")}`;
    const file = frame.key < 0 ? "" : this.fileOf(this.heap.func[frame.node]);
    const number = this.heap.raw.nodes.line[frame.node];
    if (!file || frame.hasLines) return file && `${file}, several lines`;
    return number ? `${file}:${number}` : file;
  }

  /** @param {Row} row */
  pointRow(row) {
    this.point(row.name, this.keys.files[row.key], this.figures(row.cumAfter, row.cumBefore, row.flatAfter, row.flatBefore), true);
  }

  /** @param {number} func */
  fileOf(func) {
    return this.heap.raw.strings[this.heap.raw.functions.file[func]];
  }

  /**
   * @param {number} after
   * @param {number} before
   * @param {number} flatAfter
   * @param {number} flatBefore
   */
  figures(after, before, flatAfter, flatBefore) {
    const { all, shown, type } = this.totals();
    const { unit } = this.heap.raw.types[type];
    const bound = this.heap.raw.trimmed > 0 ? "≥ " : "";
    if (this.selection().isDifference) {
      return `${amount(before, unit)} → ${amount(after, unit)} (${change(after - before, unit)}); itself ${change(flatAfter - flatBefore, unit)}`;
    }
    return `${bound}${amount(after, unit)}, ${share(after, all)} of all, ${share(after, shown)} of what is shown; itself ${amount(flatAfter, unit)}`;
  }

  /**
   * @param {string | null} name
   * @param {string} [place]
   * @param {string} [figures]
   * @param {boolean} [isFunction]
   */
  point(name, place = "", figures = "", isFunction = false) {
    if (name === null) {
      this.detail.replaceChildren(el("span", { class: "x-quiet" }, "Point at a frame or move to it by key. Enter zooms, m opens its menu, ? lists all keys."));
      return;
    }
    const open = (/** @type {MouseEvent} */ event) => this.openMenu(name, event.clientX, event.clientY - 240);
    this.detail.replaceChildren(
      el("span", { class: "x-detail-name" }, visible(name)),
      place ? el("span", { class: "x-quiet x-detail-file" }, visible(place)) : "",
      el("span", { class: "x-detail-figures" }, figures),
      isFunction ? el("button", { type: "button", class: "x-more", "aria-label": `Menu of ${visible(short(name))}`, onclick: open }, "⋯") : "");
  }

  /**
   * @param {string} name
   * @param {number} x
   * @param {number} y
   */
  openMenu(name, x, y) {
    openMenu(name, x, y, (action) => this.go(action.change(this.state, name)));
  }

  /**
   * Does what a key means for a function.
   * @param {string} name
   * @param {string} key
   */
  act(name, key) {
    const action = ACTIONS.find((action) => action.key === key);
    if (action) this.go(action.change(this.state, name));
    if (key === "c") copy(name);
    return action !== undefined || key === "c";
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.section.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || document.querySelector("dialog[open]")) return;
    const { state } = this;
    const next = (/** @type {string[]} */ list, /** @type {string} */ value) => list[(list.indexOf(value) + 1) % list.length];
    const types = this.heap.raw.types.map(({ name }) => name);
    /** @type {Record<string, () => void>} */
    const keys = {
      1: () => this.go({ view: "flame" }), 2: () => this.go({ view: "sandwich" }), 3: () => this.go({ view: "table" }),
      "/": () => this.search.input.focus(), "?": openKeys, b: () => { location.hash = "#summary"; }, x: () => this.clear(),
      Escape: () => this.go({ zoom: "" }),
      o: () => this.go({ order: state.order === "root" ? "allocator" : "root", zoom: "" }),
      a: () => this.go({ frames: state.frames === "all" ? "folded" : "all", zoom: "" }),
      g: () => this.go({ group: /** @type {State["group"]} */ (next(["none", "part", "verb", "kind"], groupOf(this.heap, state))), zoom: "" }),
      v: () => this.go({ values: /** @type {State["values"]} */ (next(["amount", "all", "shown"], state.values)) }),
      y: () => this.go({ type: next(types, this.query().sampleType ?? ""), zoom: "" }),
    };
    const act = keys[event.key];
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
  Object.defineProperty(window, "kheap", { value: api(heap, () => explorer.query()), enumerable: true });
  linkReport(heap);
  explorer.follow();
}

// The report is read first; who comes for an answer waits for nothing.
if (parse(location.hash)) start();
else setTimeout(start, 50);
