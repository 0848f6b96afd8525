// @ts-check
// Values as the program writes them.

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
  const cut = name.length > 1000 ? `${name.slice(0, 1000)}…` : name;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => {
    const code = (c.codePointAt(0) ?? 0).toString(16);
    return `\\u${code.padStart(4, "0")}`;
  });
}

/**
 * A function without the path of its package, such as `json.(*Encoder).Encode`. A major
 * version is no name of its own: `json/v2.Marshal`.
 * @param {string} name
 */
export function short(name) {
  const types = name.indexOf("[");
  const end = types < 0 ? name.length : types;
  const slash = name.lastIndexOf("/", end);
  const isVersion = slash > 0 && /^\/v([2-9]|[1-9]\d+)\./.test(name.slice(slash));
  return name.slice((isVersion ? name.lastIndexOf("/", slash - 1) : slash) + 1);
}
