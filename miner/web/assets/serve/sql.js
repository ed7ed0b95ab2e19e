"use strict";
// Ctrl+Enter runs the statement; a click on a column's name sorts the rows that are shown.
(() => {
  const form = document.getElementById("ask");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  const table = document.getElementById("answer");
  if (!table) return;
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const value = (row, i) => row.cells[i].textContent;
  heads.forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows], numbers = rows.every((r) => value(r, i) === "" || r.cells[i].className === "number");
      // What is empty stays last, whichever way.
      const order = (a, b) => (value(a, i) === "") - (value(b, i) === "") || (down ? -1 : 1) * (numbers ? value(a, i) - value(b, i) : value(a, i).localeCompare(value(b, i)));
      body.append(...rows.sort(order));
    });
  });
})();
