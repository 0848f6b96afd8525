
// Zooms and searches, by pointer and by keyboard, and fits the picture to its page
// and to paper. Several pictures can stand on one page.
(function () {
    "use strict";
    HEADING
    const embedded = EMBEDDED, fluid = FLUID, differential = DIFFERENTIAL, isUp = UPWARD;
    const page = globalThis;
    const root = document.currentScript.closest("svg");
    const index = Array.from(document.querySelectorAll("svg.kheap-flame")).indexOf(root);
    const part = (name) => root.querySelector("." + name);
    const number = (element, name) => Number(element.getAttribute(name));
    const place = (element, name, value) => element.setAttribute(name, String(value));
    const area = part("frames"), bar = part("bar"), details = part("details"), matched = part("matched");
    const unzoom = part("unzoom"), field = bar.querySelector("foreignObject"), box = bar.querySelector("input");
    const MARGIN = 10, NARROW = 640, PAPER = 720;

    // Frames, with the names by which they are searched.
    const frames = Array.from(area.children, (group) => {
        const [title, rect, text] = group.children;
        const lines = title.textContent.split("\n");
        const short = differential ? lines[0].replace(/^\S+ /, "") : lines[0];
        return {
            group, rect, text, label: lines[0], values: lines[1], names: lines.slice(2), short,
            x: number(rect, "fg:x"), width: number(rect, "fg:w"), y: number(rect, "y"), isShown: true,
        };
    });
    const isName = (line) => !line.startsWith("part: ") && !line.startsWith("folded: ");
    for (const frame of frames) frame.full = frame.names.find(isName) || frame.short;
    const levels = Array.from(new Set(frames.map((frame) => frame.y))).sort((a, b) => a - b);
    const rootFrame = frames.reduce((a, b) => (b.width > a.width ? b : a));
    const whole = frames.filter((frame) => frame.width === rootFrame.width);
    // Where several are as wide as all, the root is the outermost.
    const top = isUp ? whole.reduce((a, b) => (b.y > a.y ? b : a)) : whole.reduce((a, b) => (b.y < a.y ? b : a));
    const of = (node) => frames.find((frame) => frame.group === node.closest(".frames > g"));
    const isAbove = (a, b) => (isUp ? a.y > b.y : a.y < b.y);
    const overlaps = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width;

    const heading = headingOf(root), character = heading.character;
    const above = levels[0] - (isUp ? 1 : 0), tall = number(area, "height");
    let zoomed = top, term = "", width = number(root, "width"), height = number(root, "height");
    let active = null, barPlace = 0, barHeight = 0;

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

    function show(frame) {
        zoomed = frame;
        unzoom.classList.toggle("hide", frame === top);
        draw();
        if (term) mark();
    }

    function zoom(frame) {
        if (frame === zoomed) return;
        show(frame);
        remember(true);
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
        const room = Math.floor((roomEnd - number(details, "x")) / character);
        const before = frame.values + "; ", name = Array.from(frame.full);
        const left = Math.max(room - before.length, 12);
        // The end of a long name says most.
        const end = name.length > left ? "…" + name.slice(1 - left).join("") : frame.full;
        details.textContent = before + end;
    }

    // Search.

    function mark() {
        let pattern = null, message = " ", sum = 0, end = -1;
        try {
            // Capital letters are meant, where there are any.
            const isAnyCase = !/\p{Lu}/u.test(term.replace(/\\./g, ""));
            pattern = term ? new RegExp(term, isAnyCase ? "i" : "") : null;
        } catch (invalid) {
            message = "no regular expression";
        }
        const fits = (frame) => pattern !== null && (pattern.test(frame.short) || frame.names.some((name) => pattern.test(name)));
        for (const frame of frames) frame.group.classList.toggle("match", fits(frame));
        if (pattern) {
            const found = frames.filter((frame) => frame.isShown && !isAbove(frame, zoomed) && fits(frame));
            // Frames in frames count once.
            for (const frame of found.sort((a, b) => a.x - b.x || b.width - a.width)) {
                if (frame.x < end) continue;
                sum += frame.width;
                end = frame.x + frame.width;
            }
            message = found.length === 0 ? "nothing found"
                : "found: " + (100 * sum / zoomed.width).toFixed(1).replace(/^100\.0$/, "100") + "%";
        }
        matched.textContent = message;
    }

    function find(wanted) {
        term = wanted;
        mark();
        remember(false);
    }

    // Back undoes a zoom. The address of a picture on its own says what is zoomed and
    // searched.

    function remember(isStep) {
        const now = { ...(page.history.state || {}) };
        now.kheapFlame = { ...now.kheapFlame, [index]: frames.indexOf(zoomed) };
        try {
            const method = isStep ? "pushState" : "replaceState";
            page.history[method](now, "", ...(embedded ? [] : [address()]));
        } catch (refused) {
            // Where a page may not change its history, zooming works all the same.
        }
    }

    function address() {
        const state = new URLSearchParams();
        if (zoomed !== top) state.set("frame", frames.indexOf(zoomed));
        if (term) state.set("search", term);
        const text = state.toString();
        return page.location.pathname + (text ? "?" + text : "");
    }

    function recall() {
        const state = new URLSearchParams(embedded ? "" : page.location.search);
        zoomed = frames[Number(state.get("frame") || frames.indexOf(top))] || top;
        term = box.value = state.get("search") || "";
        unzoom.classList.toggle("hide", zoomed === top);
    }

    // Places.

    // The box, what the pointer is on, what is found, and the way out of a zoom stand
    // beside each other where there is room.
    let roomEnd = 0;
    function arrange() {
        const narrow = width < NARROW, reset = 92, found = 160;
        barHeight = narrow ? 56 : 34;
        barPlace = heading.arrange(width, 0);
        place(area, "y", barPlace + barHeight - above);
        place(area, "width", width - 2 * MARGIN);
        height = barPlace + barHeight + tall - above + MARGIN;
        place(root, "height", height);
        place(field, "width", narrow ? 130 : 220);
        place(unzoom, "x", narrow ? MARGIN + 138 : width - MARGIN - reset + 12);
        place(matched, "x", width - MARGIN - (narrow ? 0 : reset));
        place(details, "x", narrow ? MARGIN : 240);
        place(details, "y", narrow ? 44 : 17);
        roomEnd = width - MARGIN - (narrow ? 0 : reset + found);
        place(bar.querySelector(".background"), "height", barHeight);
        stick();
    }

    // The bar stays in sight while its picture is.
    function stick() {
        const scale = fluid ? 1 : root.getBoundingClientRect().width / width || 1;
        const scrolled = -root.getBoundingClientRect().top / scale;
        const y = Math.max(barPlace, Math.min(scrolled, height - barHeight));
        place(bar, "transform", `translate(0 ${y.toFixed(1)})`);
    }

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
            place(root, "viewBox", `0 0 ${PAPER} ${height}`);
            root.style.height = "auto";
            area.style.width = "";
        } else {
            root.removeAttribute("viewBox");
            root.style.height = "";
            area.style.width = `calc(100% - ${2 * MARGIN}px)`;
            follow();
        }
    }

    root.addEventListener("click", (event) => {
        const frame = of(event.target);
        if (frame) { activate(frame); zoom(frame); }
        else if (event.target === unzoom) zoom(top);
    });
    for (const type of ["mouseover", "focusin"]) {
        root.addEventListener(type, (event) => { const frame = of(event.target); if (frame) tell(frame); });
    }
    root.addEventListener("mouseout", (event) => { if (of(event.target)) tell(null); });
    root.addEventListener("keydown", (event) => {
        const frame = of(event.target), isPress = event.key === "Enter" || event.key === " ";
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.target === box) {
            if (event.key === "Escape" && term) { box.value = ""; find(""); event.preventDefault(); }
            return;
        }
        if (event.key === "Escape" && (zoomed !== top || term)) {
            if (zoomed !== top) { const before = zoomed; zoom(top); focus(frame || before); }
            else { box.value = ""; find(""); }
        } else if (isPress && event.target === unzoom) {
            // What had the focus is hidden now.
            const before = zoomed;
            zoom(top);
            focus(before);
        } else if (isPress && frame) zoom(frame);
        else if (frame && (event.key === "Home" || event.key.startsWith("Arrow"))) {
            const next = neighbour(frame, event.key);
            if (next) focus(next);
        } else return;
        event.preventDefault();
    });
    box.addEventListener("input", () => find(box.value));
    page.addEventListener("popstate", (event) => {
        const state = event.state && event.state.kheapFlame;
        const frame = frames[state && index in state ? state[index] : frames.indexOf(top)] || top;
        if (frame !== zoomed) show(frame);
    });
    document.addEventListener("scroll", stick, { capture: true, passive: true });

    // Where no script runs, there is nothing to click on.
    bar.classList.remove("hide");
    place(unzoom, "tabindex", 0);
    activate(top);
    recall();
    root.removeAttribute("viewBox");
    if (fluid) {
        root.removeAttribute("width");
        // On an HTML page a picture without a width is 300 pixels wide.
        root.style.width = "100%";
        area.style.width = `calc(100% - ${2 * MARGIN}px)`;
        new ResizeObserver(follow).observe(root);
        page.addEventListener("beforeprint", () => print(true));
        page.addEventListener("afterprint", () => print(false));
        follow();
    } else {
        arrange();
        draw();
    }
    if (term) mark();
})();
