// @ts-check
// Works beside the page, so that the page never waits: compiles the module, and asks it.

"use strict";

/**
 * How often the page hears of progress, in milliseconds.
 */
const STEP = 100;

/** The answer where a file cannot be read. */
const FAILED = 0xffffffff;

/** @param {string} text In Base64. */
const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/**
 * Unpacks and compiles the module. Browsers inflate, and no more: so a small module that they
 * can inflate unpacks it.
 * @param {{module: string, unpacker: string}} packed
 */
async function compile({ module, unpacker }) {
  const stream = new Blob([decode(unpacker)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const small = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  return WebAssembly.compile(ask(small, new TextEncoder().encode(module), []));
}

/**
 * Asks a module about some files: gives it bytes, and takes those that it answers.
 * @param {WebAssembly.Module} module
 * @param {Uint8Array} question
 * @param {File[]} files
 * @returns {Uint8Array<ArrayBuffer>}
 */
function ask(module, question, files) {
  const reader = new FileReaderSync();
  let last = 0;
  /** How far each file was read. A file is read more than once where it is large. */
  const ends = files.map(() => 0);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  let known = 0;
  let fault = "";
  const bytes = (/** @type {number} */ at, /** @type {number} */ length) =>
    new Uint8Array(memory.buffer, at >>> 0, length >>> 0);
  const progress = (/** @type {number} */ file, /** @type {number} */ end) => {
    const more = Math.max(end - ends[file], 0);
    ends[file] += more;
    known += more;
    const now = performance.now();
    // The page hears at once that all is read: the rest takes time, too.
    if (now - last < STEP && (more === 0 || known < size)) return;
    last = now;
    postMessage({ file, share: known / Math.max(size, 1) });
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
    const at = kheap.kheap_alloc(question.length);
    bytes(at, question.length).set(question);
    const answer = BigInt.asUintN(64, kheap.kheap_run(at, question.length));
    // The instance ends here, and its memory with it: nothing has to be freed.
    return bytes(Number(answer >> 32n), Number(answer & 0xffffffffn)).slice();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
    throw new Error(fault ? `kheap has a fault, please report it: ${fault.replaceAll("\n", " ")}`
      : "the page has too little memory for these files; use the program, which has more");
  }
}

/**
 * Asks kheap. An answer is the length of some words in four bytes, the words as JSON, and a
 * file.
 * @param {WebAssembly.Module} module
 * @param {object} question
 * @param {File[]} files
 */
function answer(module, question, files) {
  const whole = ask(module, new TextEncoder().encode(JSON.stringify(question)), files);
  const words = 4 + new DataView(whole.buffer).getUint32(0, true);
  return { ...JSON.parse(new TextDecoder().decode(whole.subarray(4, words))), content: whole.slice(words) };
}

/**
 * The module: another worker has compiled it, or this one does, once.
 * @type {Promise<WebAssembly.Module> | undefined}
 */
let compiled;

self.onmessage = async ({ data }) => {
  const { id, question, files } = data;
  try {
    compiled ??= data.module ? Promise.resolve(data.module) : compile(data.packed);
    const module = await compiled;
    postMessage(question ? { id, answer: answer(module, question, files) } : { module });
  } catch (error) {
    postMessage({ id, answer: { error: error instanceof Error ? error.message : String(error), notes: [] } });
  }
};
