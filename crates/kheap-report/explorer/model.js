// @ts-check
// The heap that the page was made with: columns of numbers, unpacked once.

/**
 * As `model/mod.rs` writes it.
 * @typedef {object} RawModel
 * @property {string} program
 * @property {{name: string, unit: string}[]} types
 * @property {number} shown
 * @property {{name: string, time: string | null, totals: number[]}[]} snapshots
 * @property {string[]} strings
 * @property {{label: number[], name: number[], file: number[], binary: number[],
 *   canonical: number[], bare: number[]}} functions
 * @property {{up: number[], function: number[], line: number[], inlined: number[]}} nodes
 * @property {{node: number[], mended: number[], size: number[], place: number[], values: number[][][]}} rows
 * @property {{part: string, verb: string, kind: string}[]} places
 * @property {{title: string, functions: number[]}[]} chains Frames that only pass a call on.
 * @property {number | null} cut_stacks What is on stacks that Go cut, where that is more than
 *   a third.
 * @property {{id: string, title: string, color: string}[]} parts
 * @property {{anchor: string, title: string, severity: string, about: string, steps: string[],
 *   rows: number[]}[]} findings
 * @property {number} trimmed
 * @property {boolean} cut
 * @property {boolean} exact
 */

/**
 * Functions that count as one, and what they are called.
 * @typedef {object} Keys
 * @property {Uint32Array} of By function: its key.
 * @property {string[]} names By key.
 * @property {string[]} files By key: the file of its first function.
 */

/**
 * The tree of stacks and the rows of samples on it. A caller has a smaller number than
 * its callees; node 0 is the root, which is no frame.
 * @typedef {object} Heap
 * @property {RawModel} raw
 * @property {Uint32Array} caller By node.
 * @property {Uint32Array} func By node.
 * @property {Uint8Array} inlined By node: 1 where it is of the same location as its caller.
 * @property {Int16Array} chain By function: the position of its chain, or -1.
 * @property {Uint8Array} bare By function: 1 where only the address is known.
 * @property {Float64Array[][]} values By snapshot and sample type: one a row.
 * @property {Keys} written Functions as the dumps name them.
 * @property {Keys} canonical Functions in the form in which two builds agree.
 */

/**
 * Unpacks a model: Base64 of gzip of JSON.
 * @param {string} text
 * @returns {Promise<RawModel>}
 */
export async function unpack(text) {
  const letters = atob(text.trim());
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/**
 * Makes a heap of a model.
 * @param {RawModel} raw
 * @returns {Heap}
 */
export function expand(raw) {
  const { nodes, functions } = raw;
  const caller = new Uint32Array(nodes.up.length);
  for (let at = 0; at < caller.length; at += 1) caller[at] = at - nodes.up[at];
  const inlined = new Uint8Array(caller.length);
  let last = 0;
  for (const gap of nodes.inlined) {
    last += gap;
    inlined[last] = 1;
  }
  const bare = new Uint8Array(functions.label.length);
  for (const at of functions.bare) bare[at] = 1;
  const chain = new Int16Array(functions.label.length).fill(-1);
  raw.chains.forEach(({ functions }, at) => functions.forEach((id) => { chain[id] = at; }));
  return {
    raw,
    caller,
    chain,
    func: Uint32Array.from(nodes.function),
    inlined,
    bare,
    values: raw.rows.values.map((types) => types.map((column) => Float64Array.from(column))),
    written: keys(raw, functions.label, bare),
    canonical: keys(raw, functions.canonical, bare),
  };
}

/**
 * @param {RawModel} raw
 * @param {number[]} names By function: the position of its name.
 * @param {Uint8Array} bare
 * @returns {Keys}
 */
function keys(raw, names, bare) {
  /** @type {Map<number, number>} */
  const known = new Map();
  const of = new Uint32Array(names.length);
  /** @type {Keys} */
  const keys = { of, names: [], files: [] };
  names.forEach((name, at) => {
    // An address alone is never the function whose name it looks like.
    const text = bare[at] ? -1 - name : name;
    let key = known.get(text);
    if (key === undefined) {
      key = keys.names.length;
      known.set(text, key);
      keys.names.push(raw.strings[name]);
      keys.files.push(raw.strings[raw.functions.file[at]]);
    }
    of[at] = key;
  });
  return keys;
}
