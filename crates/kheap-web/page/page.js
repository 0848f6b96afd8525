// @ts-check
// Takes files, has a worker analyze them, and shows the report.

"use strict";
(function () {
  /** @typedef {{error?: string, notes: string[], name: string, dump: string | null, content: Uint8Array<ArrayBuffer>}} Answer */
  /** @typedef {{path: string, file: File}} Given */

  /** @param {string} id */
  const get = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
  /** @param {string} id */
  const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
  const code = URL.createObjectURL(new Blob([get("worker").textContent ?? ""], { type: "text/javascript" }));

  /** @type {WebAssembly.Module | undefined} */
  let module;
  /** @type {Map<number, (answer: Answer) => void>} */
  const waiting = new Map();
  let worker = hire();
  /** @type {Given[]} */
  let given = [];
  /** @type {Answer | null} */
  let shown = null;
  let asked = 0;
  /** Counts starts and cancels: an older drop sees that it is out of date. */
  let round = 0;
  const progress = /** @type {HTMLProgressElement} */ (document.getElementById("progress"));

  /** Starts a worker. The first one compiles the module, and others get it from that one. */
  function hire() {
    const worker = new Worker(code);
    worker.onmessage = ({ data }) => {
      if (data.module) {
        module = data.module;
        document.documentElement.dataset.ready = "";
      } else if (data.answer) waiting.get(data.id)?.(data.answer);
      else showProgress(data.file, data.share);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const done of waiting.values()) done(refusal(`the page cannot run kheap: ${event.message}`));
    };
    worker.postMessage(module ? { module }
      : { packed: { module: get("module").textContent, unpacker: get("unpacker").textContent } });
    return worker;
  }

  /**
   * @param {string} error
   * @returns {Answer}
   */
  const refusal = (error) => ({ error, notes: [], name: "", dump: null, content: new Uint8Array() });

  /**
   * @param {object} question
   * @returns {Promise<Answer>}
   */
  function ask(question) {
    asked += 1;
    const id = asked;
    const files = given.map(({ file }) => file);
    const named = given.map(({ path, file }) => ({ name: path, size: file.size }));
    return new Promise((resolve) => {
      waiting.set(id, (answer) => {
        waiting.delete(id);
        resolve(answer);
      });
      worker.postMessage({ id, files, question: { ...question, files: named } });
    });
  }

  /**
   * Shows one of the states before the report.
   * @param {"start" | "busy"} state
   */
  function enter(state) {
    for (const id of ["start", "busy"]) get(id).hidden = id !== state;
    document.body.className = state;
    get("error").hidden = true;
    get("error").textContent = "";
  }

  /**
   * @param {number} file The one that is being read.
   * @param {number} share How much of all files was read.
   */
  function showProgress(file, share) {
    // What is saved of a dump is read again, behind its report.
    if (shown) return;
    const { path } = given[file];
    const which = given.length > 1 ? ` (${file + 1} of ${given.length})` : "";
    const all = given.length > 1 ? `${given.length} files` : path;
    get("doing").textContent = share < 1 ? `Reading ${path}${which}: ${Math.floor(100 * share)} %` : `Analyzing ${all}`;
    progress.value = share;
  }

  /**
   * Shows that the page works, and takes back what it said of other files.
   * @param {string} doing
   */
  function begin(doing) {
    stop();
    get("doing").textContent = doing;
    progress.value = 0;
    enter("busy");
    get("cancel").focus();
  }

  /**
   * @param {Given[]} files
   * @param {boolean} pasted Whether they are text that should be a table.
   */
  async function analyze(files, pasted = false) {
    if (files.length === 0) return;
    begin(`Reading ${files[0].path}`);
    given = distinct(files);
    const answer = await ask({ task: "report", pasted });
    if (answer.error !== undefined) refuse(answer.error);
    else show(answer);
  }

  /**
   * Files of different folders may be called alike, and each needs a name of its own.
   * @param {Given[]} files
   */
  function distinct(files) {
    const known = new Set();
    return files.map(({ path, file }) => {
      let name = path;
      for (let number = 2; known.has(name); number += 1) name = `${number}-${path}`;
      known.add(name);
      return { path: name, file };
    });
  }

  /** @param {string} error */
  function refuse(error) {
    enter("start");
    get("error").hidden = false;
    get("error").textContent = error;
    get("choose-files").focus();
  }

  /**
   * Makes the report this page. Its scripts are among those that the policy of the page names.
   * @param {Answer} answer
   */
  function show(answer) {
    shown = answer;
    const report = new DOMParser().parseFromString(new TextDecoder().decode(answer.content), "text/html");
    get("start").remove();
    get("busy").remove();
    document.title = report.title;
    document.body.className = "";
    // The same style and that of the explorer.
    get("style").replaceWith(...report.querySelectorAll("head style"));
    const scripts = report.querySelectorAll("script:not([type])");
    const tools = get("tools");
    const [skip, ...rest] = report.body.children;
    document.body.prepend(skip, tools, ...rest);
    tools.hidden = false;
    get("notes").hidden = answer.notes.length === 0;
    get("notes-title").textContent = answer.notes.length === 1 ? "1 note" : `${answer.notes.length} notes`;
    get("notes-list").replaceChildren(...answer.notes.map((note) => {
      const item = document.createElement("li");
      item.textContent = note;
      return item;
    }));
    get("save-flame").hidden = get("save-redacted").hidden = answer.dump === null;
    // Scripts that were parsed run once they are made anew.
    for (const parsed of scripts) {
      const script = document.createElementNS(parsed.namespaceURI, "script");
      script.textContent = parsed.textContent;
      parsed.replaceWith(script);
    }
    document.body.dataset.shown = "";
    // Its title is read aloud, and Tab goes on from there.
    const title = /** @type {HTMLElement} */ (document.querySelector("h1"));
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }

  /** Ends what is being looked through or analyzed: nothing else stops a module. */
  function stop() {
    round += 1;
    if (waiting.size === 0) return;
    worker.terminate();
    waiting.clear();
    worker = hire();
  }

  /**
   * Hands a file to the browser.
   * @param {string} name
   * @param {Blob} content
   */
  function save(name, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /**
   * Asks for a file about the dump that is shown, and saves it.
   * @param {"flame" | "redact"} task
   */
  async function saveFrom(task) {
    get("said").textContent = "Working…";
    const answer = await ask({ task, dump: shown?.dump });
    get("said").textContent = answer.error ?? answer.notes.join("; ");
    if (answer.error === undefined) save(answer.name, new Blob([answer.content]));
  }

  /** @param {FileList | null} list */
  const chosen = (list) => Array.from(list ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));

  /**
   * All files below what was dropped.
   * @param {any} entry A handle or an entry of the browser.
   * @param {string} folder
   * @returns {Promise<Given[]>}
   */
  async function below(entry, folder) {
    const path = `${folder}${entry.name}`;
    if (entry.kind === "file") return [{ path, file: await entry.getFile() }];
    if (entry.kind === "directory") {
      const found = [];
      for await (const one of entry.values()) found.push(...await below(one, `${path}/`));
      return found;
    }
    if (entry.isFile) return [{ path, file: await new Promise((done, failed) => { entry.file(done, failed); }) }];
    const found = [];
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
      if (some.length === 0) return found;
      for (const one of some) found.push(...await below(one, `${path}/`));
    }
  }

  /**
   * Puts text that was dropped where it would be pasted.
   * @param {string} text
   */
  function takeText(text) {
    stop();
    enter("start");
    if (text.trim() === "") return refuse("what was dropped is no file; save it, and choose the file");
    input("pasted").value = text;
    input("pasted").focus();
  }

  /** @param {DataTransfer} data */
  async function dropped(data) {
    const text = data.getData("text/plain");
    const items = Array.from(data.items).filter(({ kind }) => kind === "file");
    if (items.length === 0) return takeText(text);
    // All of them before the first wait: a browser forgets what was dropped.
    const entries = items.map((item) => {
      const { getAsFileSystemHandle } = /** @type {any} */ (item);
      const entry = item.webkitGetAsEntry();
      if (entry?.isDirectory) return getAsFileSystemHandle ? getAsFileSystemHandle.call(item) : entry;
      // A page that is a file itself gets files and handles, but no files of entries. What was
      // dropped from another page has a file, and no entry.
      return item.getAsFile();
    });
    begin("Looking through what was dropped");
    const own = round;
    try {
      const found = await Promise.all(entries.map(async (entry) => {
        const one = await entry;
        if (one === null) return [];
        return one instanceof File ? [{ path: one.name, file: one }] : below(one, "");
      }));
      // Meanwhile somebody may have cancelled it, or given other files.
      if (own !== round) return;
      const files = found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
      if (files.length > 0) analyze(files);
      else refuse("what was dropped has no files; drop a dump, or a folder of dumps");
    } catch (error) {
      if (own === round) refuse(`the browser cannot read what was dropped: ${error instanceof Error ? error.message : error}; use “Choose a folder”`);
    }
  }

  for (const [button, field] of [["choose-files", "files"], ["choose-folder", "folder"]]) {
    get(button).addEventListener("click", () => get(field).click());
    get(field).addEventListener("change", () => {
      const files = chosen(input(field).files);
      input(field).value = "";
      analyze(files);
    });
  }
  get("table").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input("pasted").value;
    if (text.trim() === "") input("pasted").focus();
    else analyze([{ path: "pasted text", file: new File([text], "pasted text") }], true);
  });
  get("cancel").addEventListener("click", () => {
    stop();
    enter("start");
    get("choose-files").focus();
  });
  // A report has this page for itself; another one begins anew.
  get("again").addEventListener("click", () => location.replace(location.href.split("#")[0]));
  get("save-report").addEventListener("click", () => {
    if (shown) save(shown.name, new Blob([shown.content], { type: "text/html" }));
  });
  get("save-flame").addEventListener("click", () => saveFrom("flame"));
  get("save-redacted").addEventListener("click", () => saveFrom("redact"));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.toggle("over", !shown);
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    if (shown) get("said").textContent = "Press “Open another” first.";
    else if (event.dataTransfer) dropped(event.dataTransfer);
  });
  enter("start");
})();
