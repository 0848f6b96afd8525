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
 * @property {string} name
 * @property {number} node A node of it, which tells file and line.
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
 * @property {number} part Position of the part that more than half of it is of, or -1.
 * @property {number} id Position among all frames; callers come first.
 */

/**
 * How a tree is put together.
 * @typedef {object} TreeOptions
 * @property {boolean} [inverted] Allocators first.
 * @property {(stack: number) => string} [group] What stands between the root and a stack.
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
  const tree = new Tree(heap, keys);
  eachStack(selection, (stack, start, end) => {
    const [before, after] = [selection.before[stack], selection.after[stack]];
    if (before === 0 && after === 0) return;
    const way = wayOf(heap, selection, keys, options, start, end);
    if (!way) return;
    let frame = tree.root;
    if (options.group) frame = tree.named(frame, options.group(stack));
    for (let at = 0; at < way.length; at += 1) frame = tree.callee(frame, way[at]);
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

/** A tree while stacks are added. */
class Tree {
  /**
   * @param {Heap} heap
   * @param {Keys} keys
   */
  constructor(heap, keys) {
    this.heap = heap;
    this.keys = keys;
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {Map<number, Frame>} */
    this.known = new Map();
    /** @type {Map<string, Frame>} */
    this.groups = new Map();
    /** @type {[number, number][]} Frames and the stacks that end in them. */
    this.stacks = [];
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
      key, name, node, parent, hasLines: false, children: [], depth: parent ? parent.depth + 1 : 0,
      before: 0, after: 0, flatBefore: 0, flatAfter: 0, width: 0, part: -1, id: this.frames.length,
    };
    this.frames.push(frame);
    parent?.children.push(frame);
    return frame;
  }

  /**
   * @param {Frame} caller
   * @param {number} node
   */
  callee(caller, node) {
    const key = this.keys.of[this.heap.func[node]];
    const call = caller.id * this.keys.names.length + key;
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
   * @param {string} name
   */
  named(caller, name) {
    const known = this.groups.get(name);
    const frame = known ?? this.frame(caller, -2, name, 0);
    this.groups.set(name, frame);
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

/**
 * The part that has more than half, or -1.
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
  return most * 2 > sum ? position : -1;
}
