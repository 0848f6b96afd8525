// @ts-check
// Values and names as the program writes them.

import { UNSEEN } from "./unseen.js";

/** The longest name that is written out, in characters, as in the report. */
const LONGEST_NAME = 1000;

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];
const NANOS = [["hrs", 3600e9], ["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]];

/**
 * A value with its unit, such as `1.50MB`.
 * @param {number} value
 * @param {string} unit That of the sample type.
 */
export function amount(value, unit) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (unit === "bytes") {
    let at = 0;
    while (at < BYTES.length - 1 && size >= 1024 ** (at + 1)) at += 1;
    return `${decimals(value / 1024 ** at)}${BYTES[at]}`;
  }
  if (unit === "nanoseconds") {
    const [name, factor] = NANOS.find(([, factor]) => size >= Number(factor)) ?? ["ns", 1];
    return `${decimals(value / Number(factor))}${name}`;
  }
  return value.toLocaleString("en-US");
}

/**
 * The same with its sign, for what changed.
 * @param {number} value
 * @param {string} unit
 */
export function change(value, unit) {
  return value > 0 ? `+${amount(value, unit)}` : amount(value, unit);
}

/**
 * Two decimals, halves to even as the program rounds them, or none where both are 0.
 * @param {number} value
 */
function decimals(value) {
  const hundredths = Math.abs(value) * 100;
  const floor = Math.floor(hundredths);
  const isTie = hundredths - floor === 0.5;
  const rounded = isTie ? floor + (floor % 2) : Number((Math.abs(value)).toFixed(2)) * 100;
  return (Math.sign(value) * Math.round(rounded) / 100).toFixed(2).replace(/\.00$/, "");
}

/**
 * A share without its sign, such as `33.33%`.
 * @param {number} value
 * @param {number} total
 */
export function share(value, total) {
  const ratio = total === 0 ? 0 : Math.abs(value / total) * 100;
  if (ratio >= 99.95 && ratio <= 100.05) return "100%";
  if (ratio >= 1) return `${ratio.toFixed(2)}%`;
  return `${Number(ratio.toPrecision(2))}%`;
}

/**
 * A name as far as anybody reads it, in characters that can be seen.
 * @param {string} name
 */
export function visible(name) {
  return shorten(name, LONGEST_NAME).replace(UNSEEN, escaped);
}

/**
 * Cuts a text that is longer than `most` characters, never inside of one.
 *
 * Source: `kheap-text` `width.rs`, `shorten`.
 * @param {string} text
 * @param {number} most
 */
function shorten(text, most) {
  // No text has more characters than units.
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most).join("")}…`;
}

const BREAKS = new Map([["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);

/**
 * A character as JSON escapes it, in two units where one has no room.
 *
 * Source: `kheap-text` `guard.rs`, `visible`.
 * @param {string} character
 */
function escaped(character) {
  const units = character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return BREAKS.get(character) ?? units.join("");
}

/**
 * A function without the path of its package, such as `json.(*Encoder).Encode`. A major
 * version is no name of its own: `json/v2.Marshal`.
 * @param {string} name
 */
export function short(name) {
  const bare = withoutTypes(name);
  const types = bare.indexOf("[");
  const end = types < 0 ? bare.length : types;
  const slash = bare.lastIndexOf("/", end);
  const isVersion = slash > 0 && /^\/v([2-9]|[1-9]\d+)\./.test(bare.slice(slash));
  return bare.slice((isVersion ? bare.lastIndexOf("/", slash - 1) : slash) + 1);
}

/**
 * A name whose type arguments are `[...]`. They are longer than the rest, and hide it.
 * @param {string} name
 */
export function withoutTypes(name) {
  let [out, copied] = ["", 0];
  for (const [open, end] of typeGroups(name)) {
    out += `${name.slice(copied, open)}[...]`;
    copied = end;
  }
  return out + name.slice(copied);
}

/**
 * The type arguments in a name, with their brackets.
 * @param {string} name
 */
export function typesOf(name) {
  return typeGroups(name).map(([open, end]) => name.slice(open, end)).filter((types) => types !== "[...]");
}

/**
 * Where bracket groups begin and end. One without a name in front is a binary.
 *
 * Source: `kheap` `symbol.rs`, `elide_type_args`.
 * @param {string} name
 */
function typeGroups(name) {
  /** @type {[number, number][]} */
  const groups = [];
  let [open, depth] = [0, 0];
  for (let at = name.indexOf("["); at >= 0 && at < name.length; at += 1) {
    if (name[at] === "[") {
      if (depth === 0) open = at;
      depth += 1;
    } else if (name[at] === "]" && depth > 0) {
      depth -= 1;
      if (depth === 0 && open > 0) groups.push([open, at + 1]);
    }
  }
  return groups;
}
