"use strict";
// Sorting and filtering of tables, from disk and without any library.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  table.querySelectorAll("th button").forEach((button) => {
    const cell = button.closest("th");
    button.addEventListener("click", () => {
      const down = cell.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => { const td = row.cells[cell.cellIndex]; return td.dataset.value ?? td.textContent.trim(); };
      const numeric = cell.classList.contains("number");
      const rows = [...body.rows].sort((a, b) => {
        const x = key(a), y = key(b);
        if (numeric) { return (x === "" ? Infinity : Number(x)) - (y === "" ? Infinity : Number(y)); }
        return x.localeCompare(y);
      });
      if (down) { rows.reverse(); }
      body.append(...rows);
    });
  });
}
for (const input of document.querySelectorAll("input[data-filter]")) {
  const table = document.getElementById(input.dataset.filter);
  const shown = document.getElementById(input.dataset.filter + "-shown");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((w) => text.includes(w));
      count += row.hidden ? 0 : 1;
    }
    shown.textContent = String(count);
  });
}
