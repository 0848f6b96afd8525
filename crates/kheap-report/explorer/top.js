// @ts-check
// Functions with what they hold, as `kheap top` and `kheap peek` count it.

/** @typedef {import("./model.js").Keys} Keys */
/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Selection} Selection */

/**
 * Flat is what was allocated in a function itself, cum what was there and below, once a
 * stack however often the function occurs on it.
 * @typedef {object} Row
 * @property {number} key
 * @property {string} name
 * @property {number} flat After less before.
 * @property {number} cum
 * @property {number} flatBefore
 * @property {number} cumBefore
 * @property {number} flatAfter
 * @property {number} cumAfter
 * @property {number} objects How many objects `flatAfter` is.
 */

/**
 * All functions of a selection, largest flat first, then by name.
 * @param {Heap} heap
 * @param {Selection} selection
 * @param {Keys} keys
 * @returns {Row[]}
 */
export function rows(heap, selection, keys) {
  const count = keys.names.length;
  const sums = Array.from({ length: 5 }, () => new Float64Array(count));
  const [flatBefore, flatAfter, cumBefore, cumAfter, objects] = sums;
  const seen = new Int32Array(count).fill(-1);
  eachStack(selection, (stack, start, end) => {
    const [before, after] = [selection.before[stack], selection.after[stack]];
    if (before === 0 && after === 0) return;
    for (let at = start; at < end; at += 1) {
      const key = keys.of[heap.func[selection.frames[at]]];
      if (seen[key] !== stack) {
        seen[key] = stack;
        cumBefore[key] += before;
        cumAfter[key] += after;
      }
      if (at + 1 === end) {
        flatBefore[key] += before;
        flatAfter[key] += after;
        objects[key] += selection.objects[stack];
      }
    }
  });
  /** @type {Row[]} */
  const rows = [];
  for (let key = 0; key < count; key += 1) {
    if (seen[key] < 0) continue;
    rows.push({
      key,
      name: keys.names[key],
      flat: flatAfter[key] - flatBefore[key],
      cum: cumAfter[key] - cumBefore[key],
      flatBefore: flatBefore[key],
      cumBefore: cumBefore[key],
      flatAfter: flatAfter[key],
      cumAfter: cumAfter[key],
      objects: objects[key],
    });
  }
  return rows.sort((a, b) => Math.abs(b.flat) - Math.abs(a.flat) || byCharacter(a.name, b.name));
}

/**
 * Calls `visit` with every stack and where its frames are.
 * @param {Selection} selection
 * @param {(stack: number, start: number, end: number) => void} visit
 */
export function eachStack(selection, visit) {
  let start = 0;
  selection.ends.forEach((end, stack) => {
    visit(stack, start, end);
    start = end;
  });
}

/**
 * A function with those that call it and that it calls.
 * @typedef {object} Neighbours
 * @property {number} flat
 * @property {number} cum
 * @property {{key: number, name: string, weight: number}[]} callers Heaviest first.
 * @property {{key: number, name: string, weight: number}[]} callees Heaviest first.
 */

/**
 * Every edge counts once a stack, and none leads from a function to itself.
 * @param {Heap} heap
 * @param {Selection} selection
 * @param {Keys} keys
 * @param {number} wanted The key.
 * @returns {Neighbours}
 */
export function neighbours(heap, selection, keys, wanted) {
  let [flat, cum] = [0, 0];
  /** @type {Map<number, number>} */
  const callers = new Map();
  /** @type {Map<number, number>} */
  const callees = new Map();
  eachStack(selection, (stack, start, end) => {
    const value = selection.after[stack] - selection.before[stack];
    if (value === 0) return;
    const of = (/** @type {number} */ at) => keys.of[heap.func[selection.frames[at]]];
    const met = new Set();
    let isHere = false;
    for (let at = start; at < end; at += 1) {
      const isWanted = of(at) === wanted;
      isHere = isHere || isWanted;
      if (at === start || isWanted === (of(at - 1) === wanted)) continue;
      const [edges, other] = isWanted ? [callers, of(at - 1)] : [callees, of(at)];
      const edge = isWanted ? other : -1 - other;
      if (met.has(edge)) continue;
      met.add(edge);
      edges.set(other, (edges.get(other) ?? 0) + value);
    }
    if (isHere) cum += value;
    if (end > start && of(end - 1) === wanted) flat += value;
  });
  return { flat, cum, callers: sorted(callers, keys), callees: sorted(callees, keys) };
}

/**
 * A line of a function, with what `kheap top --granularity lines` counts for it.
 * @typedef {{file: string, line: number, flat: number, cum: number}} Line
 */

/**
 * A function line by line, heaviest first. Cum counts once a stack.
 * @param {Heap} heap
 * @param {Selection} selection
 * @param {Keys} keys
 * @param {number} wanted The key.
 * @returns {Line[]}
 */
export function lines(heap, selection, keys, wanted) {
  const { strings, functions, nodes } = heap.raw;
  /** @type {Map<string, Line & {stack: number}>} */
  const known = new Map();
  eachStack(selection, (stack, start, end) => {
    const value = selection.after[stack] - selection.before[stack];
    if (value === 0) return;
    for (let at = start; at < end; at += 1) {
      const node = selection.frames[at];
      if (keys.of[heap.func[node]] !== wanted) continue;
      const [file, line] = [strings[functions.file[heap.func[node]]], nodes.line[node]];
      const found = known.get(`${line} ${file}`) ?? { file, line, flat: 0, cum: 0, stack: -1 };
      known.set(`${line} ${file}`, found);
      if (found.stack !== stack) found.cum += value;
      if (at + 1 === end) found.flat += value;
      found.stack = stack;
    }
  });
  const list = Array.from(known.values(), ({ file, line, flat, cum }) => ({ file, line, flat, cum }));
  return list.sort((a, b) => Math.abs(b.cum) - Math.abs(a.cum) || byCharacter(a.file, b.file) || a.line - b.line);
}

/**
 * @param {Map<number, number>} edges
 * @param {Keys} keys
 */
function sorted(edges, keys) {
  const list = Array.from(edges, ([key, weight]) => ({ key, name: keys.names[key], weight }));
  return list.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || byCharacter(a.name, b.name));
}

/**
 * Orders by characters, not by the halves that JavaScript makes of some.
 * @param {string} a
 * @param {string} b
 */
export function byCharacter(a, b) {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  // Both halves of a pair tell which character is meant.
  if (at > 0 && /[\udc00-\udfff]/.test(a[at] ?? "")) at -= 1;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}
