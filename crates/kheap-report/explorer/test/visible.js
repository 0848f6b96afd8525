// @ts-check
// Writes names as the page would: `node visible.js` reads a list of names as JSON from
// standard input. `tests/explorer.rs` of the program compares them with its own.

import { readFileSync } from "node:fs";

import { visible } from "../amount.js";

/** @type {string[]} */
const names = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(names.map(visible)));
