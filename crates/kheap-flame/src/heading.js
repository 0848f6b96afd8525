// Breaks the heading of a picture so that it fits a width, and returns how high it is.
function headingOf(root) {
    const MARGIN = 10, LINE = 18, TITLE = 24, FIRST = 46, MARK = 18, GAP = 18, BELOW = 10;
    const lines = [];
    for (const element of Array.from(root.querySelectorAll(".title, .note"))) {
        if (!element.classList.contains("more")) {
            const isTitle = element.classList.contains("title");
            lines.push({ element, isTitle, text: element.textContent, more: [] });
        } else {
            lines[lines.length - 1].text += " " + element.textContent;
            element.remove();
        }
    }
    const marks = root.querySelectorAll(".mark");
    const legend = Array.from(root.querySelectorAll(".legend"), (text, at) => ({ text, mark: marks[at] }));
    const place = (element, name, value) => element.setAttribute(name, String(value));
    // A picture that is not shown yet has no widths.
    const measure = lines.find((line) => !line.isTitle && line.text.length > 9) || lines[0];
    const size = measure.isTitle ? 16 : 12;
    const character = measure.element.getComputedTextLength() / measure.element.textContent.length * 12 / size || 7.3;

    function broken(text, room) {
        const parts = [""];
        for (const word of text.split(" ")) {
            const last = parts[parts.length - 1];
            if (last && last.length + 1 + word.length > room) parts.push(word);
            else parts[parts.length - 1] = last ? last + " " + word : word;
        }
        return parts;
    }

    function arrange(width, beside) {
        let y = TITLE;
        for (const line of lines) {
            line.more.forEach((element) => element.remove());
            const room = (width - 2 * MARGIN - (line.isTitle ? beside : 0)) / character / (line.isTitle ? 16 / 12 : 1);
            let last = line.element;
            line.more = [];
            broken(line.text, Math.floor(room)).forEach((text, at) => {
                const element = at === 0 ? line.element : line.element.cloneNode();
                element.textContent = text;
                place(element, "y", y);
                if (at > 0) { last.after(element); line.more.push(element); }
                last = element;
                y += line.isTitle ? LINE + 4 : LINE;
            });
            if (line.isTitle) y = Math.max(y, FIRST);
        }
        let x = MARGIN;
        for (const { text, mark } of legend) {
            const long = MARK + text.textContent.length * character;
            if (x > MARGIN && x + long > width - MARGIN) { x = MARGIN; y += LINE; }
            place(mark, "transform", `translate(${Math.round(x)} ${y})`);
            place(text, "x", Math.round(x + MARK));
            place(text, "y", y);
            x += long + GAP;
        }
        return y - (legend.length ? 0 : LINE) + BELOW;
    }
    return { arrange, character };
}
