// @ts-check
// Regular expressions of RE2, which the program takes, as those of JavaScript.
//
// What both read alike is written out so that it means the same; what JavaScript cannot
// say equally, or could take forever over, is refused with a reason.

const DIGIT = "0-9";
const WORD = "0-9A-Za-z_";
const SPACE = "\\t\\n\\f\\r ";
const NOT_SPACE = "\\0-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}";

/** @type {Record<string, string>} Classes such as `[:alpha:]`. */
const POSIX = {
  alnum: "0-9A-Za-z", alpha: "A-Za-z", ascii: "\\0-\\x7f", blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f", digit: DIGIT, graph: "!-~", lower: "a-z", print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~", space: "\\t\\n\\v\\f\\r ", upper: "A-Z", word: WORD,
  xdigit: "0-9A-Fa-f",
};

/** @type {Record<string, number>} */
const CONTROL = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The most that RE2 repeats something a fixed number of times. */
const MOST_REPEATS = 1000;

/** Why a text is no expression here. */
export class PatternError extends Error {}

/**
 * Compiles an expression that is looked for anywhere in a name.
 * @param {string} text
 * @returns {RegExp}
 */
export function compile(text) {
  const { source, flags } = new Translation(text).whole();
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, "") : "";
    throw new PatternError(`invalid regular expression: ${reason}`);
  }
}

/**
 * An expression that matches a name and no other.
 * @param {string} name
 */
export function exactly(name) {
  return `^${name.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")}$`;
}

/** One translation, from left to right. */
class Translation {
  /** @param {string} text */
  constructor(text) {
    this.text = Array.from(text);
    this.at = 0;
    this.ignoresCase = false;
    this.multiline = false;
    this.dotIsAll = false;
  }

  whole() {
    this.flags();
    const { source } = this.alternatives(0);
    if (this.at < this.text.length) throw new PatternError("unexpected )");
    return { source, flags: this.ignoresCase ? "iu" : "u" };
  }

  /** @param {string} wanted */
  ahead(wanted) {
    return this.text.slice(this.at, this.at + wanted.length).join("") === wanted;
  }

  /** Flags at the beginning, such as `(?i)`. */
  flags() {
    const match = /^\(\?([ims]+)\)/.exec(this.text.slice(0, 8).join(""));
    if (!match) return;
    this.ignoresCase = match[1].includes("i");
    this.multiline = match[1].includes("m");
    this.dotIsAll = match[1].includes("s");
    this.at = match[0].length;
  }

  /**
   * Reads up to a closing bracket or the end. `isOpen` is whether repeating it could
   * take forever: something in it repeats or branches.
   * @param {number} depth
   * @returns {{source: string, isOpen: boolean}}
   */
  alternatives(depth) {
    let source = "";
    let isOpen = false;
    while (this.at < this.text.length && !(this.ahead(")") && depth > 0)) {
      if (this.ahead(")")) throw new PatternError("unexpected )");
      if (this.ahead("|")) {
        this.at += 1;
        source += "|";
        isOpen = true;
        continue;
      }
      const item = this.item(depth);
      const repeat = this.repetition();
      if (repeat.isEndless && item.isOpen) {
        throw new PatternError(
          "a repeated group that repeats or branches inside may take a browser forever; " +
          "the program takes it",
        );
      }
      isOpen = isOpen || item.isOpen || repeat.isEndless;
      source += item.source + repeat.source;
    }
    return { source, isOpen };
  }

  /**
   * @param {number} depth
   * @returns {{source: string, isOpen: boolean}}
   */
  item(depth) {
    const c = this.text[this.at];
    if (c === "(") return this.group(depth);
    if (this.ahead("\\Q")) return { source: this.quoted(), isOpen: false };
    if (c === "[") return { source: this.bracketed(), isOpen: false };
    if (c === "\\") return { source: this.escape(), isOpen: false };
    this.at += 1;
    switch (c) {
      case ".": return { source: this.dotIsAll ? "[\\s\\S]" : "[^\\n]", isOpen: false };
      case "^": return { source: this.multiline ? "(?:(?<![^\\n]))" : "(?:^)", isOpen: false };
      case "$": return { source: this.multiline ? "(?:(?![^\\n]))" : "(?:$)", isOpen: false };
      case "*": case "+": case "?": throw new PatternError(`nothing to repeat before ${c}`);
      default: return { source: literal(c), isOpen: false };
    }
  }

  /**
   * @param {number} depth
   * @returns {{source: string, isOpen: boolean}}
   */
  group(depth) {
    const head = /^\((\?P?<[A-Za-z_0-9]+>|\?:)?/.exec(this.text.slice(this.at, this.at + 80).join(""));
    const opening = head ? head[0] : "(";
    if (opening === "(" && this.ahead("(?")) {
      throw new PatternError("flags such as (?i) are understood at the beginning only");
    }
    this.at += opening.length;
    const { source, isOpen } = this.alternatives(depth + 1);
    if (!this.ahead(")")) throw new PatternError("unclosed group");
    this.at += 1;
    return { source: `(?:${source})`, isOpen };
  }

  /** Reads `*`, `+`, `?` or `{2,3}`, and what makes it lazy. */
  repetition() {
    const rest = this.text.slice(this.at, this.at + 24).join("");
    const match = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(rest);
    if (!match) return { source: "", isEndless: false };
    for (const count of [match[1], match[3]]) {
      if (Number(count || 0) > MOST_REPEATS) throw new PatternError(`more than ${MOST_REPEATS} repeats`);
    }
    this.at += match[0].length;
    const next = this.text.slice(this.at, this.at + 24).join("");
    if (/^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(next)) throw new PatternError("a repetition of a repetition");
    const isEndless = /^[*+]/.test(match[0]) || (match[2] === "," && match[3] === "");
    return { source: match[0], isEndless };
  }

  /** Reads `\Q…\E`. A repetition behind it repeats the last letter. */
  quoted() {
    this.at += 2;
    let source = "";
    while (this.at < this.text.length && !this.ahead("\\E")) {
      source += literal(this.text[this.at]);
      this.at += 1;
    }
    if (this.ahead("\\E")) this.at += 2;
    return source;
  }

  /** Reads an escape outside of brackets. */
  escape() {
    const c = this.text[this.at + 1];
    const simple = {
      A: "(?:(?<![\\s\\S]))", z: "(?:(?![\\s\\S]))",
      d: `[${DIGIT}]`, D: `[^${DIGIT}]`, s: `[${SPACE}]`, S: `[^${SPACE}]`,
      w: `[${WORD}]`, W: `[^${WORD}]`, b: "(?:\\b)", B: "(?:\\B)",
    }[c];
    if (simple === undefined) return this.property() ?? literal(this.character());
    if (this.ignoresCase && "wWbB".includes(c)) {
      throw new PatternError(`\\${c} and (?i) together mean something else in a browser`);
    }
    this.at += 2;
    return simple;
  }

  /** Reads `\pL`, `\p{Greek}` or `\P{Greek}`, if there is one. */
  property() {
    const rest = this.text.slice(this.at, this.at + 48).join("");
    const match = /^\\([pP])(?:([A-Z])|\{(\^?)([A-Za-z_]+)\})/.exec(rest);
    if (!match) return undefined;
    this.at += match[0].length;
    const isNegated = (match[1] === "P") !== (match[3] === "^");
    const name = match[2] ?? match[4];
    const property = name === "Any" || name.length < 3 ? name : `Script=${name}`;
    return `\\${isNegated ? "P" : "p"}{${property}}`;
  }

  /**
   * Reads an escape that stands for one character, or a character.
   * @returns {string}
   */
  character() {
    const c = this.text[this.at];
    this.at += 1;
    if (c !== "\\") return c;
    const rest = this.text.slice(this.at, this.at + 12).join("");
    const match = /^(?:x\{([0-9A-Fa-f]{1,8})\}|x([0-9A-Fa-f]{2})|([0-7]{2,3}|0)|([afnrtv])|([!-/:-@[-`{-~]))/.exec(rest);
    if (!match) throw new PatternError(`invalid escape \\${rest.slice(0, 1)}`);
    this.at += match[0].length;
    if (match[5] !== undefined) return match[5];
    if (match[4] !== undefined) return String.fromCodePoint(CONTROL[match[4]]);
    const code = match[3] !== undefined ? parseInt(match[3], 8) : parseInt(match[1] ?? match[2], 16);
    if (code > 0x10ffff) throw new PatternError("a character beyond the last one");
    return String.fromCodePoint(code);
  }

  /** Reads a class in brackets. */
  bracketed() {
    this.at += 1;
    let source = "[";
    if (this.ahead("^")) {
      source += "^";
      this.at += 1;
    }
    for (let isFirst = true; ; isFirst = false) {
      if (this.at >= this.text.length) throw new PatternError("unclosed [");
      if (this.ahead("]") && !isFirst) break;
      source += this.inBrackets();
    }
    this.at += 1;
    return `${source}]`;
  }

  inBrackets() {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.text.slice(this.at, this.at + 16).join(""));
    if (posix) return this.posix(posix);
    const perl = this.text[this.at] === "\\" ? this.text[this.at + 1] : "";
    const ranges = { d: DIGIT, D: "\\D", s: SPACE, S: NOT_SPACE, w: WORD, W: "\\W" }[perl];
    if (ranges !== undefined) {
      if (perl === "W" && this.ignoresCase) throw new PatternError("\\W and (?i) together");
      this.at += 2;
      return ranges;
    }
    const property = this.property();
    if (property !== undefined) return property;
    const from = this.character();
    const isRange = this.ahead("-") && this.at + 1 < this.text.length && this.text[this.at + 1] !== "]";
    if (!isRange) return literal(from);
    this.at += 1;
    if (/^\\[dDsSwWpP]/.test(this.text.slice(this.at, this.at + 2).join(""))) {
      throw new PatternError("a range ends with a character");
    }
    return `${literal(from)}-${literal(this.character())}`;
  }

  /** @param {RegExpExecArray} found */
  posix(found) {
    const ranges = POSIX[found[2]];
    if (ranges === undefined) throw new PatternError(`unknown class ${found[0]}`);
    if (found[1] === "^") throw new PatternError(`${found[0]} in brackets cannot be said in a browser`);
    this.at += found[0].length;
    return ranges;
  }
}

/**
 * A character that stands for itself, in brackets and outside.
 * @param {string} c
 */
function literal(c) {
  return /[A-Za-z0-9_]/.test(c) ? c : `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`;
}
