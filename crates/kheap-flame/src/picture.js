
// The script of inferno takes the document for its own. Here it sees the picture
// alone, so that several of them can stand on one page.
(function () {
    const embedded = EMBEDDED;
    const page = globalThis;
    const root = page.document.currentScript.closest("svg");
    const document = {
        getElementById: (id) => root.querySelector("#" + id),
        getElementsByTagName: () => [root],
        querySelector: (selector) => root.querySelector(selector),
        querySelectorAll: (selector) => root.querySelectorAll(selector),
    };
    const window = {
        location: embedded ? { search: "", href: "" } : page.location,
        addEventListener(type, listener, capture) {
            if (type === "resize") new page.ResizeObserver(listener).observe(root);
            else (embedded ? root : page).addEventListener(type, listener, capture);
        },
    };
    const history = {
        // Where a page may not change its address, zooming works all the same.
        replaceState(state, title, address) {
            if (embedded) return;
            try { page.history.replaceState(state, title, address); } catch (refused) { return; }
        },
    };
    var total_samples, text, originalContent, bangWidth, wWidth, k;
    /* the script of inferno */
    root.addEventListener("keydown", (e) => {
        if (e.target.getAttribute("role") !== "button" || (e.key !== "Enter" && e.key !== " ")) return;
        e.preventDefault();
        e.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
    // Where no script runs, there is nothing to click on.
    root.querySelector("#search").classList.remove("hide");
    // On an HTML page a picture without a width is 300 pixels wide.
    if (fluiddrawing) root.style.width = "100%";
    init();
})();
