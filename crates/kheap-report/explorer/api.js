// @ts-check
// The object `kheap` of the page's console: the same figures as the views, for scripts.
//
//   kheap.top({sampleType: "alloc_space", focus: "json", hide: "^reflect"})
//   kheap.sandwich("bytes.makeSlice").callers
//   kheap.lines("bytes.makeSlice")
//   kheap.state

import { select } from "./select.js";
import { lines, neighbours, rows } from "./top.js";

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Query} Query */

/**
 * @param {Heap} heap
 * @param {() => Query} current What the views show now.
 */
export function api(heap, current) {
  const keyOf = (/** @type {string} */ name) => {
    const key = heap.written.names.indexOf(name);
    if (key < 0) throw new Error(`no function is named ${name}`);
    return key;
  };
  return Object.freeze({
    /**
     * Functions with what they hold, as `kheap top --no-trim` lists them. `base: true` subtracts
     * the first dump. Without an argument it is what the views show.
     * @param {Query | {base?: boolean}} [query]
     */
    top(query) {
      const asked = complete(query ?? current());
      const all = rows(heap, select(heap, asked), heap.written);
      const shown = all.filter(({ flat, cum }) => flat !== 0 || cum !== 0);
      return shown.map(({ name, flat, cum }) => ({ name, flat, cum }));
    },
    /**
     * A function with its callers and callees, as `kheap peek` counts them.
     * @param {string} name
     * @param {Query | {base?: boolean}} [query]
     */
    sandwich(name, query) {
      const key = keyOf(name);
      const asked = complete(query ?? current());
      const found = neighbours(heap, select(heap, asked), heap.written, key);
      const edges = (/** @type {{name: string, weight: number}[]} */ list) =>
        list.map(({ name, weight }) => ({ name, weight }));
      return {
        name, flat: found.flat, cum: found.cum,
        callers: edges(found.callers), callees: edges(found.callees),
      };
    },
    /**
     * A function line by line, as `kheap top --granularity lines` counts it.
     * @param {string} name
     * @param {Query | {base?: boolean}} [query]
     */
    lines(name, query) {
      return lines(heap, select(heap, complete(query ?? current())), heap.written, keyOf(name));
    },
    /** What the views show now. */
    get state() {
      return current();
    },
  });
}

/**
 * @param {Query | {base?: boolean}} query
 * @returns {Query}
 */
function complete(query) {
  const base = query.base === true ? 0 : query.base || (query.base === 0 ? 0 : undefined);
  return { ...query, base };
}
