// @ts-check
// What the explorer shows, as an address: a link to it can be pasted into a ticket.

/** @typedef {import("./model.js").Heap} Heap */
/** @typedef {import("./select.js").Query} Query */

/**
 * @typedef {object} State
 * @property {"flame" | "sandwich" | "table"} view
 * @property {string} type The sample type; empty for the report's own.
 * @property {"amount" | "all" | "shown"} values
 * @property {"root" | "allocator"} order
 * @property {"" | "none" | "part" | "verb" | "kind"} group Empty where nobody chose.
 * @property {"folded" | "all"} frames
 * @property {string} focus
 * @property {string} ignore
 * @property {string} hide
 * @property {string} show
 * @property {string} from
 * @property {string[]} part
 * @property {string[]} verb
 * @property {string[]} kind
 * @property {string} finding
 * @property {string} size
 * @property {string} at Position of the snapshot; empty for the last.
 * @property {string} base Position of the one that is subtracted; empty for none.
 * @property {"" | "mended"} cut Whether cut stacks have callers of others back.
 * @property {string} fn The function in the sandwich.
 * @property {string} zoom The way to the frame that fills the flame graph.
 * @property {string} sort The column of the table, with `-` for ascending.
 * @property {string} search
 */

const PREFIX = "#explore";

/** @type {State} */
const DEFAULT = {
  view: "flame", type: "", values: "amount", order: "root", group: "", frames: "folded",
  focus: "", ignore: "", hide: "", show: "", from: "", part: [], verb: [], kind: [],
  finding: "", size: "", at: "", base: "", cut: "", fn: "", zoom: "", sort: "flat", search: "",
};

/** @type {Record<string, string[]>} What else than texts is allowed. */
const CHOICES = {
  view: ["flame", "sandwich", "table"], values: ["amount", "all", "shown"],
  order: ["root", "allocator"], group: ["", "none", "part", "verb", "kind"], frames: ["folded", "all"],
  cut: ["", "mended"],
};

/** The filters on names, as they are called on the page and in an address. */
export const PATTERNS = /** @type {const} */ (["focus", "ignore", "hide", "show", "from"]);

/**
 * The state that an address names, or null where it names none.
 * @param {string} hash
 * @returns {State | null}
 */
export function parse(hash) {
  if (hash !== PREFIX && !hash.startsWith(`${PREFIX}?`)) return null;
  const found = new URLSearchParams(hash.slice(PREFIX.length + 1));
  /** @type {any} */
  const state = { ...DEFAULT, part: [], verb: [], kind: [] };
  for (const name of Object.keys(DEFAULT)) {
    const [value, isList] = [found.get(name), Array.isArray(state[name])];
    if (isList) state[name] = found.getAll(name);
    else if (value !== null && (!CHOICES[name] || CHOICES[name].includes(value))) state[name] = value;
  }
  return state;
}

/**
 * The address of a state: what differs from the first view of all.
 * @param {State} state
 */
export function format(state) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (Array.isArray(value)) value.forEach((one) => out.append(name, one));
    else if (value !== /** @type {any} */ (DEFAULT)[name]) out.set(name, value);
  }
  const text = out.toString();
  return text ? `${PREFIX}?${text}` : PREFIX;
}

/**
 * Sample types as one follows another by key: the report's own, those of the same unit,
 * which are asked for together, and the rest.
 * @param {import("./model.js").RawModel} raw
 */
export function typesInTurn({ types, shown }) {
  const turn = (/** @type {number} */ at) => {
    const place = (at - shown + types.length) % types.length;
    return types[at].unit === types[shown].unit ? place : place + types.length;
  };
  return types.map((_, at) => at).sort((a, b) => turn(a) - turn(b)).map((at) => types[at].name);
}

/**
 * What stacks are put together by: by part where nobody chose and too many stacks begin
 * anywhere, as in pictures of the program.
 * @param {Heap} heap
 * @param {State} state
 */
export function groupOf(heap, { group, order, cut }) {
  const begins = heap.raw.cut_stacks === null || order === "allocator" || cut === "mended";
  return group || (begins ? "none" : "part");
}

/**
 * What a state asks of the heap.
 * @param {Heap} heap
 * @param {State} state
 * @returns {Query}
 */
export function query(heap, state) {
  const position = (/** @type {string} */ text) => {
    const at = text === "" ? NaN : Number(text);
    return Number.isInteger(at) && heap.raw.snapshots[at] ? at : undefined;
  };
  const [at, base] = [position(state.at), position(state.base)];
  const { part, verb, kind, focus, ignore, hide, show } = state;
  const type = heap.raw.types.some(({ name }) => name === state.type) ? state.type : "";
  return {
    sampleType: type || heap.raw.types[heap.raw.shown].name,
    snapshot: at,
    // A dump is not compared with itself.
    base: base === (at ?? heap.raw.snapshots.length - 1) ? undefined : base,
    focus, ignore, hide, show, showFrom: state.from,
    part, verb, kind,
    finding: state.finding,
    mended: state.cut === "mended",
    size: /^\d+$/.test(state.size) ? Number(state.size) : undefined,
  };
}
