// @ts-check
// Stacks as one tree, for a flame graph: root first, allocator first, or around one
// function.

import { byCharacter, eachStack } from "./top.js";

/** @typedef {import("./model.js").Keys} Keys */
/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Selection} Selection */

/**
 * A frame with the frames below it.
 * @typedef {object} Frame
 * @property {number} key Of its function; below 0 for what is none.
 * @property {Set<string> | null} folded The functions of the chain that it stands for.
 * @property {string | null} group The part, verb or kind that it stands for.
 * @property {string} name
 * @property {number} node A node of it, which has file and line.
 * @property {boolean} hasLines Whether it stands for several lines of its function.
 * @property {Frame | null} parent
 * @property {Frame[]} children Widest first, then by name.
 * @property {number} depth
 * @property {number} before
 * @property {number} after
 * @property {number} flatBefore
 * @property {number} flatAfter
 * @property {number} width The larger of both, stack by stack, so that what is gone stays
 *   visible and callees fit below their callers.
 * @property {number} part Position of the part that nearly all of it is of, or -1.
 * @property {Float64Array} partSums What is of each part, of all frames one after the other.
 * @property {number} id Position among all frames; callers come first.
 */

/**
 * How a tree is put together.
 * @typedef {object} TreeOptions
 * @property {boolean} [inverted] Allocators first.
 * @property {boolean} [isFolded] Whether frames that only pass a call on are one.
 * @property {{key: number, side: "callers" | "callees"}} [around] Only stacks with this
 *   function, from its outermost occurrence on.
 */

/**
 * @param {Heap} heap
 * @param {Selection} selection
 * @param {Keys} keys
 * @param {TreeOptions} options
 * @returns {{root: Frame, frames: Frame[]}}
 */
export function tree(heap, selection, keys, options) {
  const tree = new Tree(heap, keys, options.around !== undefined);
  eachStack(selection, (stack, start, end) => {
    const [before, after] = [selection.before[stack], selection.after[stack]];
    if (before === 0 && after === 0) return;
    const way = wayOf(heap, selection, keys, options, start, end);
    if (!way) return;
    const group = selection.groups[selection.group[stack]];
    const top = group.title ? tree.grouped(tree.root, group) : tree.root;
    const frame = options.isFolded ? tree.folded(top, way, selection.frames[end - 1]) : tree.unfolded(top, way);
    frame.flatBefore += before;
    frame.flatAfter += after;
    tree.stacks.push([frame.id, stack]);
  });
  tree.sum(selection);
  return { root: tree.root, frames: tree.frames };
}

/**
 * The nodes from the first frame of a tree to the last.
 * @param {Heap} heap
 * @param {Selection} selection
 * @param {Keys} keys
 * @param {TreeOptions} options
 * @param {number} start
 * @param {number} end
 */
function wayOf(heap, selection, keys, options, start, end) {
  const { around } = options;
  if (!around) {
    const way = selection.frames.subarray(start, end);
    return options.inverted ? way.slice().reverse() : way;
  }
  for (let at = start; at < end; at += 1) {
    if (keys.of[heap.func[selection.frames[at]]] !== around.key) continue;
    return around.side === "callees"
      ? selection.frames.subarray(at, end)
      : selection.frames.slice(start, at + 1).reverse();
  }
  return undefined;
}

const NO_SUMS = new Float64Array(0);

/** A tree while stacks are added. */
class Tree {
  /**
   * @param {Heap} heap
   * @param {Keys} keys
   * @param {boolean} isAround Whether all stacks begin at one function.
   */
  constructor(heap, keys, isAround) {
    this.heap = heap;
    this.keys = keys;
    this.isAround = isAround;
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {Map<number, Frame>} */
    this.known = new Map();
    /** @type {Map<string, Frame>} */
    this.groups = new Map();
    /** @type {[number, number][]} Frames and the stacks that end in them. */
    this.stacks = [];
    this.most = keys.names.length + heap.raw.chains.length;
    this.root = this.frame(null, -1, "all", 0);
  }

  /**
   * @param {Frame | null} parent
   * @param {number} key
   * @param {string} name
   * @param {number} node
   * @returns {Frame}
   */
  frame(parent, key, name, node) {
    const frame = {
      key, name, node, parent, folded: null, group: null, hasLines: false, children: [], depth: parent ? parent.depth + 1 : 0,
      before: 0, after: 0, flatBefore: 0, flatAfter: 0, width: 0, part: -1, partSums: NO_SUMS,
      id: this.frames.length,
    };
    this.frames.push(frame);
    parent?.children.push(frame);
    return frame;
  }

  /**
   * The frame that a stack ends in.
   * @param {Frame} top
   * @param {Uint32Array} way
   */
  unfolded(top, way) {
    let frame = top;
    for (let at = 0; at < way.length; at += 1) frame = this.callee(frame, way[at]);
    return frame;
  }

  /**
   * The same where neighbours of a chain are one frame, and a function that calls itself
   * is one, too. What allocates is no part of a chain, nor is what a sandwich is around.
   * @param {Frame} top
   * @param {Uint32Array} way
   * @param {number} leaf The node that allocates.
   */
  folded(top, way, leaf) {
    const { chain, func } = this.heap;
    const isFixed = (/** @type {number} */ at) => way[at] === leaf || (at === 0 && this.isAround);
    const chainAt = (/** @type {number} */ at) => (isFixed(at) ? -1 : chain[func[way[at]]]);
    const keyAt = (/** @type {number} */ at) => this.keys.of[func[way[at]]];
    let frame = top;
    for (let at = 0; at < way.length;) {
      const own = chainAt(at);
      let end = at + 1;
      while (end < way.length && chainAt(end) === own && (own >= 0 || keyAt(end) === keyAt(at))) end += 1;
      frame = own >= 0 && end - at > 1 ? this.chained(frame, own, way.subarray(at, end)) : this.callee(frame, way[at]);
      at = end;
    }
    return frame;
  }

  /**
   * @param {Frame} caller
   * @param {number} chain
   * @param {Uint32Array} way
   */
  chained(caller, chain, way) {
    const call = caller.id * this.most + this.keys.names.length + chain;
    let frame = this.known.get(call);
    if (!frame) {
      frame = this.frame(caller, -3, this.heap.raw.chains[chain].title, way[0]);
      frame.folded = new Set();
      this.known.set(call, frame);
    }
    for (const node of way) frame.folded?.add(this.keys.names[this.keys.of[this.heap.func[node]]]);
    return frame;
  }

  /**
   * @param {Frame} caller
   * @param {number} node
   */
  callee(caller, node) {
    const key = this.keys.of[this.heap.func[node]];
    const call = caller.id * this.most + key;
    let frame = this.known.get(call);
    if (!frame) {
      frame = this.frame(caller, key, this.keys.names[key], node);
      this.known.set(call, frame);
    } else if (frame.node !== node && !frame.hasLines) {
      const { line } = this.heap.raw.nodes;
      frame.hasLines = line[frame.node] !== line[node];
    }
    return frame;
  }

  /**
   * @param {Frame} caller
   * @param {{value: string, title: string}} group
   */
  grouped(caller, { value, title }) {
    const known = this.groups.get(value);
    const frame = known ?? this.frame(caller, -2, title, 0);
    frame.group = value;
    this.groups.set(value, frame);
    return frame;
  }

  /**
   * Adds up what is below every frame.
   * @param {Selection} selection
   */
  sum(selection) {
    const count = this.heap.raw.parts.length;
    const parts = new Float64Array(this.frames.length * count);
    for (const [id, stack] of this.stacks) {
      for (let part = 0; part < count; part += 1) {
        parts[id * count + part] += selection.parts[stack * count + part];
      }
    }
    for (let id = this.frames.length - 1; id >= 0; id -= 1) {
      const frame = this.frames[id];
      frame.before += frame.flatBefore;
      frame.after += frame.flatAfter;
      frame.width += Math.max(Math.abs(frame.flatBefore), Math.abs(frame.flatAfter));
      frame.partSums = parts;
      frame.part = leading(parts, id * count, count);
      const { parent } = frame;
      if (!parent) continue;
      parent.before += frame.before;
      parent.after += frame.after;
      parent.width += frame.width;
      for (let part = 0; part < count; part += 1) {
        parts[parent.id * count + part] += parts[id * count + part];
      }
    }
    for (const { children } of this.frames) {
      children.sort((a, b) => b.width - a.width || byCharacter(a.name, b.name));
    }
  }
}

/** As of pictures: less of a part, and a frame is of several. */
const NEARLY_ALL = 0.9;

/**
 * The part that has nearly all, or -1.
 * @param {Float64Array} parts
 * @param {number} start
 * @param {number} count
 */
function leading(parts, start, count) {
  let [sum, most, position] = [0, 0, -1];
  for (let part = 0; part < count; part += 1) {
    const value = parts[start + part];
    sum += value;
    if (value > most) [most, position] = [value, part];
  }
  return most >= sum * NEARLY_ALL ? position : -1;
}
