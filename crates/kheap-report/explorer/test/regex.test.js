// @ts-check
// What RE2 says of a pattern and a text: the same cases as in `filter/re2.rs`.

import assert from "node:assert/strict";
import test from "node:test";

import { compile, exactly, PatternError } from "../regex.js";

/**
 * @param {string} pattern
 * @param {string} text
 * @param {boolean} expected
 */
function check(pattern, text, expected) {
  assert.equal(compile(pattern).test(text), expected, `${pattern} in ${text}`);
}

/** @param {string[]} patterns */
function refused(...patterns) {
  for (const pattern of patterns) assert.throws(() => compile(pattern), PatternError, pattern);
}

test("what only RE2 knows means the same", () => {
  check("struct {", "a struct {", true);
  check("a{2}b{2,}c{2,3}", "aabbbcc", true);
  check("a{,2}{x}", "a{,2}{x}", true);
  check("\\Qa.b{\\E.c", "a.b{xc", true);
  check("\\Qa.b", "axb", false);
  check("\\p{Greek}\\x{3b1}\\{", "αα{", true);
  check("[^]x[:alpha:]-]", "-", false);
  check("(?i)MAKEslice", "bytes.makeSlice", true);
  check("(?P<name>a)b", "ab", true);
  check("(?s)a.b", "a\nb", true);
  check("a.b", "a\nb", false);
  check("a.b", "a\u2028b", true);
  check("^b", "a\nb", false);
  check("(?m)^b", "a\nb", true);
});

test("brackets, hyphens and doubled signs stand for themselves or a range", () => {
  check("[[]", "a[", true);
  check("[a&&b]", "&", true);
  check("[a[b]]", "b]", true);
  check("[a[b]]", "b", false);
  check("[^]a]", "]", false);
  check("[+--]", ",", true);
  check("[a-]", "-", true);
  check("[\\w-z]", "-", true);
  check("[[:alpha:]]", "5", false);
  check("[[:alpha]", "[", true);
  check("[\\pL]", "é", true);
});

test("classes and word boundaries know ASCII only", () => {
  check("^\\d$", "٣", false);
  check("^\\W$", "é", true);
  check("^\\s$", "\u00a0", false);
  check("^\\s$", "\u000b", false);
  check("^[\\S]$", "\u00a0", true);
  check("\\bx", "éx", true);
  check("\\<init\\>", "<init>", true);
});

test("what is no expression, or cannot be said equally, is refused", () => {
  refused("(core", "core)", "*a", "a**", "[a", "[a-\\d]", "[a--]", "\\", "\\y", "a{1001}");
  refused("(?=a)", "(?!a)", "(?<=a)", "a(?i)b", "(?i)\\bx", "\\1");
});

test("what could take forever is refused", () => {
  refused("(a+)+$", "(a|a)*b", "((a*)b)*", "(?:a{2,})+");
  check("(ab)+", "abab", true);
  check("(a|b)c+", "acc", true);
});

test("an exact expression matches one name and no other", () => {
  const name = "k8s.io/x.(*T[go.shape.int]).m$1{}";
  check(exactly(name), name, true);
  check(exactly(name), `${name}x`, false);
  check(exactly("a.b"), "axb", false);
});
