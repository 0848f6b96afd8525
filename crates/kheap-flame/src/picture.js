
// Zooms and searches, by pointer and by keyboard, and fits the picture to its page
// and to paper. Several pictures can stand on one page.
(function () {
    "use strict";
    const embedded = EMBEDDED, fluid = FLUID, differential = DIFFERENTIAL, isUp = UPWARD;
    const page = globalThis;
    const root = document.currentScript.closest("svg");
    const part = (name) => root.querySelector("." + name);
    const all = (name) => Array.from(root.querySelectorAll("." + name));
    const number = (element, name) => Number(element.getAttribute(name));
    const place = (element, name, value) => element.setAttribute(name, String(value));
    const area = part("frames"), details = part("details"), matched = part("matched");
    const search = part("search"), unzoom = part("unzoom");
    const MARGIN = 10, LINE = 18, NARROW = 520, PAPER = 720;

    // Frames, with the names by which they are searched.
    const frames = Array.from(area.children, (group) => {
        const [title, rect, text] = group.children;
        const lines = title.textContent.split("\n");
        const short = differential ? lines[0].replace(/^\S+ /, "") : lines[0];
        const full = lines[2] && !lines[2].startsWith("part: ") ? lines[2] : short;
        return {
            group, rect, text, label: lines[0], values: lines[1], short, full,
            x: number(rect, "fg:x"), width: number(rect, "fg:w"), y: number(rect, "y"), isShown: true,
        };
    });
    const levels = Array.from(new Set(frames.map((frame) => frame.y))).sort((a, b) => a - b);
    const rootFrame = frames.reduce((a, b) => (b.width > a.width ? b : a));
    const whole = frames.filter((frame) => frame.width === rootFrame.width);
    // Where several are as wide as all, the root is the outermost.
    const top = isUp ? whole.reduce((a, b) => (b.y > a.y ? b : a)) : whole.reduce((a, b) => (b.y < a.y ? b : a));
    const of = (node) => frames.find((frame) => frame.group === node.closest(".frames > g"));
    const isAbove = (a, b) => (isUp ? a.y > b.y : a.y < b.y);
    const overlaps = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width;

    let zoomed = top, term = "", width = number(root, "width"), shift = 0;
    let character = 7.23, active = null;

    function cut(text, room) {
        const letters = Array.from(text);
        if (letters.length <= room) return text;
        return room < 3 ? "" : letters.slice(0, room - 2).join("") + "..";
    }

    // Frames.

    function draw() {
        const room = width - 2 * MARGIN;
        const percent = (share) => (100 * share).toFixed(4) + "%";
        for (const frame of frames) {
            const isParent = frame !== zoomed && isAbove(frame, zoomed) && overlaps(frame, zoomed);
            frame.isShown = isParent || (!isAbove(frame, zoomed) && overlaps(frame, zoomed));
            frame.group.classList.toggle("parent", isParent);
            frame.group.classList.toggle("hide", !frame.isShown);
            if (!frame.isShown) continue;
            const left = isParent ? 0 : (frame.x - zoomed.x) / zoomed.width;
            const share = isParent ? 1 : frame.width / zoomed.width;
            place(frame.rect, "x", percent(left));
            place(frame.rect, "width", percent(share));
            place(frame.text, "x", percent(left + 3 / room));
            frame.text.textContent = cut(frame.label, Math.floor((share * room - 3) / character));
        }
    }

    function zoom(frame) {
        zoomed = frame;
        unzoom.classList.toggle("hide", frame === top);
        draw();
        if (term) mark();
        remember();
    }

    // The one frame that the tab key reaches; arrows go on from it.
    function activate(frame) {
        if (active) active.group.removeAttribute("tabindex");
        active = frame;
        place(frame.group, "tabindex", 0);
        place(frame.group, "role", "button");
    }

    function focus(frame) {
        activate(frame);
        frame.group.focus();
    }

    function neighbour(frame, key) {
        const shown = (y) => frames.filter((other) => other.isShown && other.y === y);
        if (key === "Home") return top;
        if (key === "ArrowLeft" || key === "ArrowRight") {
            const row = shown(frame.y).sort((a, b) => a.x - b.x);
            return row[row.indexOf(frame) + (key === "ArrowLeft" ? -1 : 1)];
        }
        const y = levels[levels.indexOf(frame.y) + (key === "ArrowUp" ? -1 : 1)];
        const row = shown(y).filter((other) => overlaps(other, frame));
        return row.reduce((a, b) => (a && a.width >= b.width ? a : b), undefined);
    }

    function tell(frame) {
        if (!frame) { details.textContent = " "; return; }
        const taken = matched.textContent.trim().length;
        const room = Math.floor((width - 2 * MARGIN) / character) - (taken ? taken + 2 : 0);
        const before = frame.values + "; ", name = Array.from(frame.full);
        const left = Math.max(room - before.length, 12);
        // Of a long name the end says most.
        const end = name.length > left ? "…" + name.slice(1 - left).join("") : frame.full;
        details.textContent = before + end;
    }

    // Search.

    function ask() {
        if (term) { find(""); return; }
        const asked = page.prompt("Find functions by a part of their name, or a regular expression:", "");
        if (asked) find(asked);
    }

    function find(wanted) {
        term = wanted;
        mark();
        remember();
    }

    function mark() {
        let pattern = null, message = " ", sum = 0, end = -1;
        try {
            // Capital letters are meant, where there are any.
            const isAnyCase = !/\p{Lu}/u.test(term.replace(/\\./g, ""));
            pattern = term ? new RegExp(term, isAnyCase ? "i" : "") : null;
        } catch (invalid) {
            message = "Not a regular expression: " + cut(term, 30);
            term = "";
        }
        const fits = (frame) => pattern !== null && (pattern.test(frame.short) || pattern.test(frame.full));
        for (const frame of frames) frame.group.classList.toggle("match", fits(frame));
        if (pattern) {
            const found = frames.filter((frame) => frame.isShown && !isAbove(frame, zoomed) && fits(frame));
            // Frames in frames count once.
            for (const frame of found.sort((a, b) => a.x - b.x || b.width - a.width)) {
                if (frame.x < end) continue;
                sum += frame.width;
                end = frame.x + frame.width;
            }
            message = found.length === 0
                ? "No frame drawn here is named like " + cut(term, 30)
                : "Matched: " + (100 * sum / zoomed.width).toFixed(1).replace(/^100\.0$/, "100") + "%";
        }
        matched.textContent = message;
        search.textContent = term ? "Reset Search" : "Search";
    }

    // The address of a picture on its own says what is zoomed and searched.

    function remember() {
        if (embedded) return;
        const state = new URLSearchParams();
        if (zoomed !== top) state.set("frame", frames.indexOf(zoomed));
        if (term) state.set("search", term);
        const text = state.toString();
        try {
            page.history.replaceState(null, "", page.location.pathname + (text ? "?" + text : ""));
        } catch (refused) {
            // Where a page may not change its address, zooming works all the same.
        }
    }

    function recall() {
        const state = new URLSearchParams(embedded ? "" : page.location.search);
        zoomed = frames[Number(state.get("frame") || frames.indexOf(top))] || top;
        term = state.get("search") || "";
        unzoom.classList.toggle("hide", zoomed === top);
    }

    // Lines above the frames, which narrow pages break.

    const headings = ["title", "subtitle", "note"].flatMap(all).map((element) => ({
        element, text: element.textContent, more: [], scale: element.classList.contains("title") ? 17 / 12 : 1,
        y: number(element, "y"),
    }));
    const entries = all("legend").map((text, at) => ({ text, swatch: all("swatch")[at] }));
    const legendLines = new Set(entries.map((entry) => number(entry.text, "y"))).size;
    const below = [area, details, matched].map((element) => [element, number(element, "y")]);
    const height = number(root, "height");

    function broken(text, room) {
        const lines = [""];
        for (const word of text.split(" ")) {
            const last = lines[lines.length - 1];
            if (last && last.length + 1 + word.length > room) lines.push(word);
            else lines[lines.length - 1] = last ? last + " " + word : word;
        }
        return lines;
    }

    function arrange() {
        // Beside the heading there is no room for what can be clicked.
        shift = width < NARROW ? LINE + 2 : 0;
        for (const heading of headings) {
            heading.more.forEach((line) => line.remove());
            const beside = heading.element.classList.contains("title") && width >= NARROW ? 200 : 0;
            const room = (width - 2 * MARGIN - beside) / character / heading.scale;
            const [first, ...rest] = broken(heading.text, Math.floor(room));
            heading.element.textContent = first;
            place(heading.element, "y", heading.y + shift);
            heading.more = rest.map((text) => {
                const line = heading.element.cloneNode();
                line.textContent = text;
                shift += Math.round(LINE * heading.scale);
                place(line, "y", heading.y + shift);
                heading.element.after(line);
                return line;
            });
        }
        const first = entries.length ? firstLegend + shift : 0;
        let x = MARGIN, line = 0;
        for (const { text, swatch } of entries) {
            const long = 17 + text.textContent.length * character;
            if (x > MARGIN && x + long > width - MARGIN) { x = MARGIN; line += 1; }
            place(swatch, "x", Math.round(x));
            place(swatch, "y", first + line * LINE - 10);
            place(text, "x", Math.round(x + 17));
            place(text, "y", first + line * LINE);
            x += long + 18;
        }
        if (entries.length) shift += (line + 1 - legendLines) * LINE;
        for (const [element, y] of below) place(element, "y", y + shift);
        place(root, "height", height + shift);
        place(part("background"), "height", height + shift);
        place(search, "x", width - MARGIN);
        place(matched, "x", width - MARGIN);
        place(area, "width", width - 2 * MARGIN);
    }
    const firstLegend = Math.min(...entries.map((entry) => number(entry.text, "y")));

    let isPrinting = false;
    function fit(to) {
        if (!(to > 2 * MARGIN)) return;
        width = to;
        arrange();
        draw();
    }

    function follow() {
        if (!isPrinting) fit(root.getBoundingClientRect().width);
    }

    function print(isStart) {
        isPrinting = isStart;
        if (isStart) {
            // Drawn for a sheet, and then made as wide as the one that is there.
            fit(PAPER);
            place(root, "viewBox", `0 0 ${PAPER} ${height + shift}`);
            area.style.width = "";
        } else {
            root.removeAttribute("viewBox");
            area.style.width = `calc(100% - ${2 * MARGIN}px)`;
            follow();
        }
    }

    root.addEventListener("click", (event) => {
        const frame = of(event.target);
        if (frame) { activate(frame); zoom(frame); }
        else if (event.target === unzoom) zoom(top);
        else if (event.target === search) ask();
    });
    for (const type of ["mouseover", "focusin"]) {
        root.addEventListener(type, (event) => { const frame = of(event.target); if (frame) tell(frame); });
    }
    root.addEventListener("mouseout", (event) => { if (of(event.target)) tell(null); });
    root.addEventListener("keydown", (event) => {
        const frame = of(event.target), isPress = event.key === "Enter" || event.key === " ";
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.key === "Escape" && (zoomed !== top || term)) {
            if (zoomed !== top) { const before = zoomed; zoom(top); focus(frame || before); } else find("");
        } else if (isPress && event.target === unzoom) {
            // What had the focus is hidden now.
            const before = zoomed;
            zoom(top);
            focus(before);
        } else if (isPress && event.target === search) ask();
        else if (isPress && frame) zoom(frame);
        else if (frame && (event.key === "Home" || event.key.startsWith("Arrow"))) {
            const next = neighbour(frame, event.key);
            if (next) focus(next);
        } else return;
        event.preventDefault();
    });
    (embedded ? root : page).addEventListener("keydown", (event) => {
        if (event.key !== "F3" && !(event.ctrlKey && event.key.toLowerCase() === "f")) return;
        event.preventDefault();
        ask();
    });

    // Where no script runs, there is nothing to click on.
    search.classList.remove("hide");
    character = search.getComputedTextLength() / search.textContent.length || character;
    activate(top);
    recall();
    if (fluid) {
        root.removeAttribute("width");
        root.removeAttribute("viewBox");
        // On an HTML page a picture without a width is 300 pixels wide.
        root.style.width = "100%";
        area.style.width = `calc(100% - ${2 * MARGIN}px)`;
        new ResizeObserver(follow).observe(root);
        page.addEventListener("beforeprint", () => print(true));
        page.addEventListener("afterprint", () => print(false));
        follow();
    } else draw();
    if (term) mark();
})();
