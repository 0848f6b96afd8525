// @ts-check
// What a state asks of the heap, and the texts for it. The last answer of each kind is kept:
// a view is drawn more often than its question changes.

import { amount, change, share } from "./amount.js";
import { valueText } from "./flame.js";
import { select, typeOf } from "./select.js";
import { groupOf, query } from "./state.js";
import { eachStack, rows } from "./top.js";
import { tree } from "./tree.js";

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Query} Query */
/** @typedef {import("./select.js").Selection} Selection */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./top.js").Row} Row */
/** @typedef {import("./tree.js").Frame} Frame */
/** @typedef {import("./tree.js").TreeOptions} TreeOptions */

export class Answers {
  /**
   * @param {Heap} heap
   * @param {State} state
   */
  constructor(heap, state) {
    this.heap = heap;
    this.state = state;
    this.keys = heap.values.length > 1 ? heap.canonical : heap.written;
    /** @type {Map<string, any>} What was computed for the last questions. */
    this.known = new Map();
    /** @type {Map<string, string[]> | null} */
    this.names = null;
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

  /**
   * What filters know a function by: each name that a dump has for it.
   * @param {string} title
   */
  namesOf(title) {
    if (!this.names) {
      /** @type {Map<string, Set<string>>} */
      const names = new Map();
      const { strings, functions } = this.heap.raw;
      functions.name.forEach((name, at) => {
        const key = this.keys.names[this.keys.of[at]];
        names.set(key, (names.get(key) ?? new Set()).add(strings[name] || key));
      });
      this.names = new Map(Array.from(names, ([key, set]) => [key, Array.from(set)]));
    }
    return this.names.get(title) ?? [title];
  }

  /**
   * @param {number} after
   * @param {number} before
   */
  figures(after, before) {
    const { all, shown, type } = this.totals();
    const { unit } = this.heap.raw.types[type];
    if (this.selection().isDifference) return `${amount(before, unit)} → ${amount(after, unit)} (${change(after - before, unit)})`;
    const bound = this.heap.raw.trimmed > 0 ? "≥ " : "";
    const part = `${share(after, all)} of all`;
    return `${bound}${amount(after, unit)}, ${part}${shown === all ? "" : `, ${share(after, shown)} of what is shown`}`;
  }

  /**
   * @param {number} after
   * @param {number} before
   */
  itself(after, before) {
    const { unit } = this.heap.raw.types[this.totals().type];
    return `; itself ${this.selection().isDifference ? change(after - before, unit) : amount(after, unit)}`;
  }

  /**
   * What a function holds on all stacks that are shown.
   * @param {number} key
   */
  wholeFunction(key) {
    const byKey = this.remember("byKey", this.query(), () => new Map(this.rows().map((row) => [row.key, row])));
    const row = byKey.get(key);
    if (!row) return "";
    const { unit } = this.heap.raw.types[this.totals().type];
    const text = this.selection().isDifference ? change : amount;
    return `; function flat ${text(row.flat, unit)}, cum ${text(row.cum, unit)}`;
  }

  /** What Go cut: the report's own figure, named where the view shows something else. */
  cutShare() {
    const { types, snapshots, shown, cut_stacks: cut } = this.heap.raw;
    const newest = snapshots[snapshots.length - 1];
    const part = `${share(cut ?? 0, newest.totals[shown])} of the bytes`;
    const asked = this.query();
    const isOwn = asked.sampleType === types[shown].name && asked.base === undefined
      && (asked.snapshot ?? snapshots.length - 1) === snapshots.length - 1;
    const { all, shown: left } = this.totals();
    if (isOwn && all === left) return part;
    const dump = snapshots.length > 1 ? "newest dump, " : "";
    return `${part} (${dump}${types[shown].name}, unfiltered)`;
  }
}
