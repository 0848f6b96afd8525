// @ts-check
// Works beside the page, so that the page never waits: compiles the module, and asks it.

"use strict";

/**
 * How often the page hears of progress, in milliseconds.
 */
const STEP = 100;

/** The answer where a file cannot be read. */
const FAILED = 0xffffffff;

/**
 * Inflates and compiles the module, which stands in the page in Base64.
 * @param {string} packed
 */
async function compile(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
}

/**
 * Asks the module about some files.
 * @param {WebAssembly.Module} module
 * @param {object} question
 * @param {File[]} files
 */
function ask(module, question, files) {
  const reader = new FileReaderSync();
  let last = 0;
  let fault = "";
  const bytes = (/** @type {number} */ at, /** @type {number} */ length) =>
    new Uint8Array(memory.buffer, at >>> 0, length >>> 0);
  const progress = (/** @type {number} */ file, /** @type {number} */ read) => {
    const now = performance.now();
    if (now - last < STEP) return;
    last = now;
    postMessage({ file, read });
  };
  const page = {
    read(/** @type {number} */ file, /** @type {number} */ offset, /** @type {number} */ to, /** @type {number} */ length) {
      try {
        const part = new Uint8Array(reader.readAsArrayBuffer(files[file].slice(offset, offset + length)));
        bytes(to, part.length).set(part);
        progress(file, offset + part.length);
        return part.length;
      } catch {
        return FAILED;
      }
    },
    random(/** @type {number} */ to, /** @type {number} */ length) {
      crypto.getRandomValues(bytes(to, length));
    },
    fail(/** @type {number} */ message, /** @type {number} */ length) {
      fault = new TextDecoder().decode(bytes(message, length));
    },
  };
  const kheap = /** @type {any} */ (new WebAssembly.Instance(module, { page }).exports);
  const { memory } = kheap;
  try {
    const text = new TextEncoder().encode(JSON.stringify(question));
    const at = kheap.kheap_alloc(text.length);
    bytes(at, text.length).set(text);
    const answer = BigInt.asUintN(64, kheap.kheap_run(at, text.length));
    const [from, length] = [Number(answer >> 32n), Number(answer & 0xffffffffn)];
    const whole = bytes(from, length).slice();
    const words = 4 + new DataView(whole.buffer).getUint32(0, true);
    return { ...JSON.parse(new TextDecoder().decode(whole.subarray(4, words))), content: whole.subarray(words) };
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
    const what = fault ? `kheap has a fault, please report it: ${fault.replaceAll("\n", " ")}`
      : "the page has too little memory for these files; use the program, which has more";
    return { error: what, notes: [] };
  }
}

self.onmessage = async ({ data }) => {
  const { id, packed, question, files } = data;
  try {
    const module = data.module ?? await compile(packed);
    postMessage(question ? { id, answer: ask(module, question, files) } : { module });
  } catch (error) {
    postMessage({ id, answer: { error: `the page cannot run kheap: ${error instanceof Error ? error.message : error}`, notes: [] } });
  }
};
