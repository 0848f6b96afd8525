// @ts-check
// What is looked at: the rows that filters keep, and what they leave of each stack.
//
// Filters mean what those of `kheap top` mean, and are applied in the same order. Like
// there they look at a function's name, its file and its binary.
//
// Source: google/pprof `profile/filter.go`; `kheap` `filter/name.rs`.

import { compile } from "./regex.js";

/** @typedef {import("./model.js").Heap} Heap */

/**
 * What is asked for. A text that is absent or empty asks for nothing.
 * @typedef {object} Query
 * @property {string} [sampleType]
 * @property {number} [snapshot] Position; the last one without it.
 * @property {number} [base] Position of the snapshot that is subtracted.
 * @property {string} [focus]
 * @property {string} [ignore]
 * @property {string} [hide]
 * @property {string} [show]
 * @property {string} [showFrom]
 * @property {string[]} [part]
 * @property {string[]} [verb]
 * @property {string[]} [kind]
 * @property {string} [finding] Its anchor.
 * @property {number} [size] Of an object, in bytes.
 * @property {boolean} [mended] Whether stacks that Go cut have the callers back that others
 *   tell.
 */

/**
 * Stacks with what they hold. Those of equal frames may occur several times.
 * @typedef {object} Selection
 * @property {number} type Position of the sample type.
 * @property {boolean} isDifference
 * @property {Uint32Array} ends Where the frames of a stack end in `frames`.
 * @property {Uint32Array} frames Nodes, root first.
 * @property {Float64Array} before By stack; 0 without a base.
 * @property {Float64Array} after By stack.
 * @property {Float64Array} objects By stack: how many objects `after` is.
 * @property {Float64Array} parts By stack and part: the magnitude of both.
 * @property {Uint8Array} isKept By row: 1 where it is on one of the stacks.
 * @property {{value: string, title: string}[]} groups What stacks are put together by, if by
 *   anything.
 * @property {Uint32Array} group By stack: the position of its group.
 */

/**
 * Stacks under the filters of a query. Those of a group are apart from those of another.
 * @param {Heap} heap
 * @param {Query} query
 * @param {"part" | "verb" | "kind"} [group]
 * @returns {Selection}
 */
export function select(heap, query, group) {
  const filter = namesFilter(heap, query);
  const columns = columnsOf(heap, query);
  const isKept = keptRows(heap, query);
  const { groups, groupOf } = groupsOf(heap, group);
  const stackOf = new Int32Array(heap.caller.length * groups.length).fill(-1);
  const { place, mended } = heap.raw.rows;
  const node = query.mended && mended.length > 0 ? mended : heap.raw.rows.node;
  const partOf = partsOfPlaces(heap);
  const stacks = new Stacks(heap, filter, node.length);
  const partCount = heap.raw.parts.length;
  const parts = new Float64Array(node.length * partCount);
  for (let row = 0; row < node.length; row += 1) {
    if (!isKept[row]) continue;
    const own = groupOf[place[row]];
    const at = node[row] * groups.length + own;
    let stack = stackOf[at];
    if (stack === -1) {
      stack = stacks.add(node[row], own);
      stackOf[at] = stack;
    }
    if (stack === DROPPED) {
      isKept[row] = 0;
      continue;
    }
    const [before, after] = [columns.before?.[row] ?? 0, columns.after[row]];
    stacks.before[stack] += before;
    stacks.after[stack] += after;
    stacks.objects[stack] += columns.objects?.[row] ?? 0;
    parts[stack * partCount + partOf[place[row]]] += Math.max(Math.abs(before), Math.abs(after));
  }
  const count = stacks.count;
  return {
    type: columns.type,
    isDifference: columns.before !== undefined,
    ends: stacks.ends.slice(0, count),
    frames: stacks.frames.slice(0, stacks.length),
    before: stacks.before.slice(0, count),
    after: stacks.after.slice(0, count),
    objects: stacks.objects.slice(0, count),
    parts: parts.slice(0, count * partCount),
    isKept,
    groups,
    group: stacks.group.slice(0, count),
  };
}

/**
 * What stacks are put together by, and by place its position there.
 * @param {Heap} heap
 * @param {"part" | "verb" | "kind"} [group]
 */
function groupsOf(heap, group) {
  const { places, parts } = heap.raw;
  if (!group) return { groups: [{ value: "", title: "" }], groupOf: new Uint32Array(places.length) };
  const titles = new Map(group === "part" ? parts.map(({ id, title }) => [id, title]) : []);
  const values = places.map((place) => place[group]);
  const unique = Array.from(new Set(values));
  return {
    groups: unique.map((value) => ({ value, title: titles.get(value) ?? value })),
    groupOf: Uint32Array.from(values, (value) => unique.indexOf(value)),
  };
}

/**
 * The position of a sample type.
 * @param {Heap} heap
 * @param {string | undefined} name
 */
export function typeOf(heap, name) {
  if (!name) return heap.raw.shown;
  const type = heap.raw.types.findIndex((type) => type.name === name);
  if (type < 0) {
    const known = heap.raw.types.map((type) => type.name).join(", ");
    throw new Error(`unknown sample type ${name}; there are ${known}`);
  }
  return type;
}

/**
 * The columns of values that a query is about.
 * @param {Heap} heap
 * @param {Query} query
 */
function columnsOf(heap, query) {
  const type = typeOf(heap, query.sampleType);
  const last = heap.values.length - 1;
  const after = heap.values[query.snapshot ?? last];
  const before = query.base === undefined ? undefined : heap.values[query.base];
  if (!after || (query.base !== undefined && !before)) throw new Error("no such snapshot");
  const counted = heap.raw.types[type].name.replace(/_space$/, "_objects");
  const objects = heap.raw.types.findIndex((type) => type.name === counted);
  return { type, after: after[type], before: before?.[type], objects: after[objects] };
}

/**
 * Rows that are of the part, verb, kind, finding and size asked for.
 * @param {Heap} heap
 * @param {Query} query
 */
function keptRows(heap, query) {
  const { node, place, size } = heap.raw.rows;
  const among = (/** @type {string[] | undefined} */ wanted, /** @type {string} */ found) =>
    !wanted || wanted.length === 0 || wanted.includes(found);
  const placeIsKept = heap.raw.places.map(({ part, verb, kind }) =>
    among(query.part, part) && among(query.verb, verb) && among(query.kind, kind));
  const kept = new Uint8Array(node.length);
  for (let row = 0; row < kept.length; row += 1) {
    const isOfSize = query.size === undefined || size[row] === query.size;
    kept[row] = placeIsKept[place[row]] && isOfSize ? 1 : 0;
  }
  if (!query.finding) return kept;
  const finding = heap.raw.findings.find(({ anchor }) => anchor === query.finding);
  const claimed = new Uint8Array(kept.length);
  for (const row of finding?.rows ?? []) claimed[row] = kept[row];
  return claimed;
}

/**
 * By place: the position of its part.
 * @param {Heap} heap
 */
function partsOfPlaces(heap) {
  const positions = new Map(heap.raw.parts.map(({ id }, at) => [id, at]));
  return heap.raw.places.map(({ part }) => positions.get(part) ?? 0);
}

/**
 * What the filters on names say of each function.
 * @typedef {object} NamesFilter
 * @property {boolean} isSet Whether focus, ignore, hide or show is set.
 * @property {Uint8Array | undefined} isFocus
 * @property {Uint8Array | undefined} isIgnore
 * @property {Uint8Array | undefined} isHidden
 * @property {Uint8Array | undefined} isFrom Whether its name or file matches.
 * @property {Uint8Array | undefined} isFromBinary Whether its binary matches.
 */

/**
 * @param {Heap} heap
 * @param {Query} query
 * @returns {NamesFilter}
 */
function namesFilter(heap, query) {
  const [focus, ignore] = [query.focus, query.ignore].map((text) => anyName(matches(heap, text)));
  const [hide, show] = [matches(heap, query.hide), matches(heap, query.show)];
  const from = matches(heap, query.showFrom);
  const isHidden = hide || show ? new Uint8Array(heap.bare.length) : undefined;
  isHidden?.forEach((_, at) => {
    const isShown = !show || (!heap.bare[at] && (show.names[at] || show.binaries[at]));
    const isHideMatch = hide && (hide.names[at] || hide.binaries[at]);
    isHidden[at] = isShown && !isHideMatch ? 0 : 1;
  });
  return {
    isSet: Boolean(query.focus || query.ignore || query.hide || query.show),
    isFocus: focus,
    isIgnore: ignore,
    isHidden,
    isFrom: from?.names,
    isFromBinary: from?.binaries,
  };
}

/**
 * By function: whether its name or file, and whether its binary matches.
 * @param {Heap} heap
 * @param {string | undefined} text
 */
function matches(heap, text) {
  if (!text) return undefined;
  const regex = compile(text);
  const { strings, functions } = heap.raw;
  /** @type {Map<number, boolean>} */
  const known = new Map();
  const found = (/** @type {number} */ id) => {
    let is = known.get(id);
    if (is === undefined) {
      is = regex.test(strings[id]);
      known.set(id, is);
    }
    return is;
  };
  const names = new Uint8Array(heap.bare.length);
  const binaries = new Uint8Array(heap.bare.length);
  for (let at = 0; at < names.length; at += 1) {
    const isName = !heap.bare[at] && (found(functions.name[at]) || found(functions.file[at]));
    names[at] = isName ? 1 : 0;
    // Without a binary there is no mapping that an expression could match.
    const binary = functions.binary[at];
    binaries[at] = binary !== 0 && found(binary) ? 1 : 0;
  }
  return { names, binaries };
}

/** @param {{names: Uint8Array, binaries: Uint8Array} | undefined} matches */
function anyName(matches) {
  return matches?.names.map((is, at) => is | matches.binaries[at]);
}

/** The number of a stack that a filter drops. */
const DROPPED = -2;

/** Stacks while they are found, each once for its leaf. */
class Stacks {
  /**
   * @param {Heap} heap
   * @param {NamesFilter} filter
   * @param {number} most
   */
  constructor(heap, filter, most) {
    this.heap = heap;
    this.filter = filter;
    this.count = 0;
    this.length = 0;
    this.ends = new Uint32Array(most);
    this.frames = new Uint32Array(1024);
    this.group = new Uint32Array(most);
    this.before = new Float64Array(most);
    this.after = new Float64Array(most);
    this.objects = new Float64Array(most);
    this.isFocus = inherited(heap, filter.isFocus);
    this.isIgnore = inherited(heap, filter.isIgnore);
    /** @type {number[]} */
    this.way = [];
  }

  /**
   * The number of the stack of a leaf, or that of a dropped one.
   * @param {number} leaf
   * @param {number} group
   * @returns {number}
   */
  add(leaf, group) {
    const { filter, way } = this;
    if (filter.isSet && leaf === 0) return DROPPED;
    if (this.isIgnore?.[leaf] || (this.isFocus && !this.isFocus[leaf])) return DROPPED;
    way.length = 0;
    let hasHidden = false;
    for (let node = leaf; node !== 0; node = this.heap.caller[node]) {
      if (filter.isHidden?.[this.heap.func[node]]) hasHidden = true;
      else way.push(node);
    }
    if (hasHidden && way.length === 0) return DROPPED;
    way.reverse();
    const kept = filter.isFrom ? this.shownFrom() : way;
    if (!kept) return DROPPED;
    this.group[this.count] = group;
    this.push(kept);
    return this.count - 1;
  }

  /** @param {number[]} nodes Root first. */
  push(nodes) {
    if (this.length + nodes.length > this.frames.length) {
      const longer = new Uint32Array(2 * (this.length + nodes.length));
      longer.set(this.frames);
      this.frames = longer;
    }
    this.frames.set(nodes, this.length);
    this.length += nodes.length;
    this.ends[this.count] = this.length;
    this.count += 1;
  }

  /**
   * What is leafward of the outermost location that matches. In every location, callers
   * that a match was inlined into go, as they do for all samples in pprof.
   */
  shownFrom() {
    const { way, heap, filter } = this;
    const kept = [];
    let isFound = false;
    for (let start = 0; start < way.length;) {
      let end = start + 1;
      while (end < way.length && this.isSameLocation(way[end - 1], way[end])) end += 1;
      const functions = way.slice(start, end).map((node) => heap.func[node]);
      const isBinary = functions.some((at) => filter.isFromBinary?.[at]);
      const first = functions.findIndex((at) => filter.isFrom?.[at]);
      isFound = isFound || isBinary || first >= 0;
      const skipped = isBinary || first < 0 ? 0 : first;
      if (isFound) kept.push(...way.slice(start + skipped, end));
      start = end;
    }
    return isFound ? kept : undefined;
  }

  /**
   * Whether a frame was inlined into another of the same stack. Frames between them may
   * be hidden.
   * @param {number} outer
   * @param {number} inner
   */
  isSameLocation(outer, inner) {
    let node = inner;
    while (node !== outer && this.heap.inlined[node]) node = this.heap.caller[node];
    return node === outer;
  }
}

/**
 * By node: whether it or a caller has what its function has.
 * @param {Heap} heap
 * @param {Uint8Array | undefined} ofFunction
 */
function inherited(heap, ofFunction) {
  if (!ofFunction) return undefined;
  const is = new Uint8Array(heap.caller.length);
  for (let node = 1; node < is.length; node += 1) {
    is[node] = is[heap.caller[node]] | ofFunction[heap.func[node]];
  }
  return is;
}
