// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { amount, change, share, short, typesOf, visible } from "../amount.js";

test("values are written as the program writes them", () => {
  assert.equal(amount(1572864, "bytes"), "1.50MB");
  assert.equal(amount(1048576, "bytes"), "1MB");
  assert.equal(amount(0, "bytes"), "0");
  assert.equal(amount(-2048, "bytes"), "-2kB");
  // A half goes to the even side: 1.125 and 1.375.
  assert.equal(amount(1152, "bytes"), "1.12kB");
  assert.equal(amount(1408, "bytes"), "1.38kB");
  assert.equal(amount(1234567, "count"), "1,234,567");
  assert.equal(amount(1500000000, "nanoseconds"), "1.50s");
  assert.equal(change(1024, "bytes"), "+1kB");
});

test("shares have no sign and two digits below one percent", () => {
  assert.equal(share(1, 3), "33.33%");
  assert.equal(share(-1, 1000), "0.1%");
  assert.equal(share(1, 0), "0%");
  assert.equal(share(9999, 10000), "100%");
});

test("names lose their path, and what cannot be seen is written out", () => {
  assert.equal(short("k8s.io/a/json.(*Encoder).Encode"), "json.(*Encoder).Encode");
  assert.equal(short("a/b.F[c/d.T]"), "b.F[...]");
  assert.equal(short("encoding/json/v2.Marshal"), "json/v2.Marshal");
  assert.equal(short("k8s.io/api/core/v1.(*Pod).Unmarshal"), "v1.(*Pod).Unmarshal");
  assert.equal(short("a/v2/b.F"), "b.F");
  assert.equal(visible("a\u202eb\n"), "a\\u202eb\\n");
});

test("every character that Unicode calls ignorable, or a format or control, is written out", () => {
  const hidden = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Zl}\p{Zp}]/u;
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    if (hidden.test(character)) assert.match(visible(character), /^\\/, code.toString(16));
  }
  assert.equal(visible("\u2800\u3164\u{e0041}"), "\\u2800\\u3164\\udb40\\udc41");
});

test("a long name is cut between characters", () => {
  assert.equal(visible("漢".repeat(1000)), "漢".repeat(1000));
  assert.equal(visible("\u{1f600}".repeat(1001)), `${"\u{1f600}".repeat(1000)}…`);
});

test("type arguments are left out of a short name, as in the canonical form", () => {
  assert.equal(short("a/b.(*P[go.shape.struct { A [4]int; B c/d.T }]).Do"), "b.(*P[...]).Do");
  assert.equal(short("a/b.F[c/d.T].(*Map[int]).Load.func1.2"), "b.F[...].(*Map[...]).Load.func1.2");
  assert.equal(short("a.F[int].G[b[c]"), "a.F[...].G[b[c]");
  assert.equal(short("a.F]].G[int]"), "a.F]].G[...]");
  assert.equal(short("[libc.so.6]"), "[libc.so.6]");
  assert.deepEqual(typesOf("a/b.(*P[c/d.T]).Do[[]int]"), ["[c/d.T]", "[[]int]"]);
  assert.deepEqual(typesOf("a/b.(*P[...]).Do"), []);
});
