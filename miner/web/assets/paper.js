"use strict";
// A number, its place in the abstract and its row light up together; without this, links lead from one to the other.
for (const one of document.querySelectorAll("[data-x]")) {
  const all = () => document.querySelectorAll(`[data-x="${CSS.escape(one.dataset.x)}"]`);
  const light = (on) => all().forEach((e) => e.classList.toggle("on", on));
  one.addEventListener("pointerenter", () => light(true));
  one.addEventListener("pointerleave", () => light(false));
  one.addEventListener("focusin", () => light(true));
  one.addEventListener("focusout", () => light(false));
}
// Lists of papers are sorted by a click on the head of a column.
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[i].dataset.value ?? row.cells[i].textContent;
      const compare = (a, b) => {
        const x = value(a), y = value(b);
        return (isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y) * (down ? -1 : 1);
      };
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
    });
  });
}
