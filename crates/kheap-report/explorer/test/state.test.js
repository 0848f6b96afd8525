// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { format, parse } from "../state.js";

test("a state comes back from its address", () => {
  const state = parse("#explore");
  assert.ok(state);
  assert.equal(format(state), "#explore");
  const other = { ...state, focus: "a&b=c|%", part: ["list-encode", "other"], view: /** @type {const} */ ("table") };
  assert.deepEqual(parse(format(other)), other);
});

test("other addresses are the report's", () => {
  assert.equal(parse("#findings"), null);
  assert.equal(parse("#explorer"), null);
  assert.equal(parse(""), null);
});

test("an address cannot name a view that there is not", () => {
  assert.equal(parse("#explore?view=<script>&order=x")?.view, "flame");
  assert.equal(parse("#explore?__proto__=x&constructor=y")?.focus, "");
});
