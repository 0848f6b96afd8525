
// Fits the graph to its window, moves and zooms it, by pointer, wheel, touch and keys.
(function () {
    "use strict";
    HEADING
    const root = document.currentScript.closest("svg");
    const page = globalThis;
    // As part of a page a picture stays as it is.
    if (document.documentElement !== root) return;
    const part = (name) => root.querySelector("." + name);
    const place = (element, name, value) => element.setAttribute(name, String(value));
    const canvas = part("canvas"), cover = part("cover"), buttons = ["whole", "larger", "smaller"].map(part);
    const written = { root: root.getAttribute("viewBox"), canvas: canvas.getAttribute("viewBox") };
    const size = ["y", "width", "height"].map((name) => [name, canvas.getAttribute(name)]);
    const heading = headingOf(root);
    const whole = written.canvas.split(" ").map(Number);
    // A graph of few nodes begins so large that all text is legible; one of many as a whole.
    const LEAST_TEXT = 9, LEGIBLE = LEAST_TEXT / SMALLEST, FEW = 40, LARGEST = 8, STEP = 1.25;
    // As wide as a letter is for its height, in most fonts.
    const LETTER = 0.61, LEADING = 1.2, WEIGHT = 11;
    const number = (element, name) => Number(element.getAttribute(name));
    const nodes = Array.from(root.querySelectorAll(".node"), (node) => {
        const texts = Array.from(node.querySelectorAll("text"));
        const name = node.querySelector("title").textContent.split("\n")[0];
        const written = texts.map((text) => ({ text, line: text.textContent, y: text.getAttribute("y") }));
        return {
            rect: node.querySelector("rect"), texts: written, size: parseFloat(texts[0].style.fontSize),
            // Without the path of the package.
            name: name.replace(/^[^[(]*\//, ""),
        };
    });
    const weights = Array.from(root.querySelectorAll(".weight"));
    let scale = 1, x = 0, y = 0, width = 1, height = 1, isMoved = false;

    // What is too small to be read is not written. Where the lines of a box have no room for
    // larger letters its name stands in it as far as it fits, and all is in the tooltip.
    let textScale = 0;
    function write(scale) {
        if (scale === textScale) return;
        textScale = scale;
        for (const node of nodes) {
            if (node.size * scale >= LEAST_TEXT) lines(node, node.size, node.texts.map(({ line }) => line));
            else enlarge(node, LEAST_TEXT / scale);
        }
        for (const weight of weights) weight.classList.toggle("hide", WEIGHT * scale < LEAST_TEXT);
    }

    function enlarge(node, size) {
        const letters = Math.floor(number(node.rect, "width") / (size * LETTER));
        const all = node.texts.map(({ line }) => line);
        const fits = all.every((line) => line.length <= letters) && all.length * size * LEADING <= number(node.rect, "height");
        const name = Array.from(node.name);
        const short = name.length <= letters ? node.name : name.slice(0, letters - 2).join("") + "..";
        lines(node, size, fits ? all : letters > 4 && size <= number(node.rect, "height") ? [short] : []);
    }

    function lines(node, size, shown) {
        const middle = number(node.rect, "y") + number(node.rect, "height") / 2;
        node.texts.forEach(({ text, y }, at) => {
            text.classList.toggle("hide", at >= shown.length);
            text.textContent = shown[at] || "";
            text.style.fontSize = `${size}px`;
            const own = middle + (at - shown.length / 2 + 0.8) * size * LEADING;
            place(text, "y", size === node.size ? y : own.toFixed(1));
        });
    }

    function show() {
        write(scale);
        place(canvas, "viewBox", [x, y, width / scale, height / scale].map((n) => n.toFixed(1)).join(" "));
    }

    // The smallest scale shows all.
    const fitting = () => Math.min(width / whole[2], height / whole[3], 1);

    function zoom(to, left, top) {
        to = Math.min(Math.max(to, fitting()), LARGEST);
        x += left / scale - left / to;
        y += top / scale - top / to;
        scale = to;
        isMoved = true;
        keep();
        show();
    }

    // Some of the graph stays in sight; what fits stands in the middle.
    function keep() {
        const within = (at, room, from, all) => (room >= all ? from - (room - all) / 2
            : Math.min(Math.max(at, from), from + all - room));
        x = within(x, width / scale, whole[0], whole[2]);
        y = height / scale >= whole[3] ? whole[1] : within(y, height / scale, whole[1], whole[3]);
    }

    function move(right, down) {
        x -= right / scale;
        y -= down / scale;
        isMoved = true;
        keep();
        show();
    }

    // At first the node that holds the most is in the middle.
    function begin() {
        scale = nodes.length > FEW ? fitting() : Math.max(fitting(), Math.min(LEGIBLE, 1));
        const largest = nodes.reduce((a, b) => (b.size > a.size ? b : a)).rect;
        const middle = (at, long) => Number(largest.getAttribute(at)) + Number(largest.getAttribute(long)) / 2;
        x = middle("x", "width") - width / scale / 2;
        y = middle("y", "height") - height / scale / 2;
        keep();
        show();
    }

    function fit() {
        const wide = root.clientWidth || page.innerWidth, high = page.innerHeight;
        let right = wide - 10;
        for (const button of buttons) { place(button, "x", right); right -= button.textContent.length * 10 + 16; }
        const top = heading.arrange(wide, 110);
        place(root, "viewBox", `0 0 ${wide} ${high}`);
        place(cover, "height", top);
        width = wide;
        height = Math.max(high - top, 100);
        for (const [name, value] of [["y", top], ["width", width], ["height", height]]) place(canvas, name, value);
        if (isMoved) { keep(); show(); } else begin();
    }

    // Paper takes the whole picture as it is written.
    function print(isStart) {
        if (!isStart) { fit(); return; }
        const top = heading.arrange(whole[2], 0);
        for (const [name, value] of size) place(canvas, name, name === "y" ? top : value);
        place(cover, "height", top);
        write(1);
        place(canvas, "viewBox", written.canvas);
        place(root, "viewBox", `0 0 ${whole[2]} ${whole[3] + top}`);
    }

    const pointers = new Map();
    canvas.addEventListener("pointerdown", (event) => {
        pointers.set(event.pointerId, event);
        canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
        const before = pointers.get(event.pointerId);
        if (!before) return;
        const others = Array.from(pointers.values()).filter((other) => other.pointerId !== event.pointerId);
        const away = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
        if (others.length === 0) move(event.clientX - before.clientX, event.clientY - before.clientY);
        else {
            const ratio = away(event, others[0]) / Math.max(away(before, others[0]), 1);
            zoom(scale * ratio, others[0].clientX, others[0].clientY - Number(canvas.getAttribute("y")));
        }
        pointers.set(event.pointerId, event);
    });
    for (const type of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(type, (event) => pointers.delete(event.pointerId));
    }
    root.addEventListener("wheel", (event) => {
        event.preventDefault();
        const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015));
        zoom(scale * factor, event.clientX, event.clientY - Number(canvas.getAttribute("y")));
    }, { passive: false });
    const actions = {
        larger: () => zoom(scale * STEP, width / 2, height / 2),
        smaller: () => zoom(scale / STEP, width / 2, height / 2),
        whole: () => zoom(0, width / 2, height / 2),
    };
    root.addEventListener("click", (event) => {
        for (const name in actions) if (event.target === part(name)) actions[name]();
    });
    page.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        const keys = {
            "+": actions.larger, "=": actions.larger, "-": actions.smaller, "0": actions.whole,
            ArrowLeft: () => move(80, 0), ArrowRight: () => move(-80, 0),
            ArrowUp: () => move(0, 80), ArrowDown: () => move(0, -80),
        };
        const name = Object.keys(actions).find((one) => event.target === part(one));
        const isPress = name && (event.key === "Enter" || event.key === " ");
        const action = isPress ? actions[name] : keys[event.key];
        if (!action) return;
        action();
        event.preventDefault();
    });

    root.classList.add("moves");
    for (const button of buttons) button.classList.remove("hide");
    root.removeAttribute("width");
    root.removeAttribute("height");
    root.style.touchAction = "none";
    page.addEventListener("resize", fit);
    page.addEventListener("beforeprint", () => print(true));
    page.addEventListener("afterprint", () => print(false));
    fit();
})();
