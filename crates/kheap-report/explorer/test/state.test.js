// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { format, parse, typesInTurn } from "../state.js";

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

test("the next sample type is one of the same unit", () => {
  const types = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]
    .map((name) => ({ name, unit: name.endsWith("space") ? "bytes" : "count" }));
  const raw = /** @type {import("../model.js").RawModel} */ (/** @type {unknown} */ ({ types, shown: 3 }));
  assert.deepEqual(typesInTurn(raw), ["inuse_space", "alloc_space", "alloc_objects", "inuse_objects"]);
});
