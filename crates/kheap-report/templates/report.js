"use strict";
// Without this script the report is whole, but for the sorting and searching.
(function () {
  const root = document.documentElement;

  const toggle = document.getElementById("theme-toggle");
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const nameToggle = () => { toggle.textContent = isDark() ? "Light" : "Dark"; };
  // A browser may keep nothing for a file; then the theme lasts as long as the page.
  const kept = (act) => { try { return act(window.localStorage); } catch { return null; } };
  const last = kept((storage) => storage.getItem("kheap-theme"));
  if (last === "light" || last === "dark") root.dataset.theme = last;
  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept((storage) => storage.setItem("kheap-theme", root.dataset.theme));
    nameToggle();
  });
  prefersDark.addEventListener("change", nameToggle);
  nameToggle();
  toggle.hidden = false;

  function key(row, column) {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
  }

  function sort(table, heads, column) {
    const head = heads[column];
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const isNumber = rows.length > 0 && typeof key(rows[0], column) === "number";
    const before = head.getAttribute("aria-sort");
    // Figures begin with the largest, names with A.
    const descending = before ? before === "ascending" : isNumber;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sign = descending ? -1 : 1;
    const keyed = rows.map((row) => [key(row, column), row]);
    keyed.sort(([a], [b]) => sign * (a < b ? -1 : a > b ? 1 : 0));
    body.append(...keyed.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, heads, column));
      head.replaceChildren(button);
    });
  }

  const filter = document.getElementById("function-filter");
  const count = document.getElementById("function-count");
  const rows = Array.from(document.getElementById("function-table").tBodies[0].rows);
  const figures = Array.from(document.querySelectorAll("#function-table th.number"));
  filter.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase();
    // As wide as with all rows, whatever is left of them.
    const widths = figures.map((head) => head.getBoundingClientRect().width);
    figures.forEach((head, column) => {
      head.style.minWidth = wanted ? head.style.minWidth || `${widths[column]}px` : "";
    });
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.lastElementChild.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) shown += 1;
    }
    count.textContent = wanted ? `${shown} of ${rows.length}` : "";
  });
  filter.parentElement.hidden = false;
})();
