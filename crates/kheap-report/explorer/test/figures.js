// @ts-check
// Answers questions about a report as its page would: `node figures.js report.html`
// reads a list of queries as JSON from standard input and writes their answers.
//
// `tests/explorer.rs` of the program compares them with those of the program.

import { readFileSync } from "node:fs";

import { api } from "../api.js";
import { expand, unpack } from "../model.js";
import { select } from "../select.js";

const page = readFileSync(process.argv[2], "utf8");
const packed = /<script type="text\/plain" id="kheap-model">([^<]*)</.exec(page);
if (!packed) throw new Error("the report has no model");
const heap = expand(await unpack(packed[1]));
const kheap = api(heap, () => ({}));

/** @param {import("./select.js").Query} query */
function sum(query) {
  const { after } = select(heap, query);
  return after.reduce((sum, value) => sum + value, 0);
}

const questions = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map((/** @type {any} */ question) => {
  if (question.sandwich !== undefined) return kheap.sandwich(question.sandwich, question);
  if (question.lines !== undefined) return kheap.lines(question.lines, question);
  if (question.sum) return sum(question);
  if (question.model) return { ...heap.raw, rows: undefined, nodes: undefined };
  return kheap.top(question);
});
process.stdout.write(JSON.stringify(answers));
