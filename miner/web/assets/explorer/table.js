"use strict";
// The table: one line a row, drawn where it is looked at.
miner.table = (() => {
  const { element, value, rows, papers } = miner;
  const HEIGHT = 32, MORE = 8;
  // A score as its field writes it: shares of units in per cent, all others as numbers.
  const score = (v, metric) => (v === null ? "–" : miner.facts.shares.includes(metric) ? (100 * v).toFixed(1) + " %" : v.toFixed(3).replace("-", "−"));
  const said = (row) => score(rows.estimate[row], rows.metric[row]);
  const whole = (v) => (v === null ? "–" : v.toLocaleString("en"));
  const named = (v) => (v === null ? "–" : miner.facts.labels[v] ?? String(v).replaceAll("_", " "));
  // Column, heading, width in rem, how it is written where not as it is.
  const COLUMNS = [
    ["title", "Title", 19], ["first_author", "First author", 7], ["year", "Year", 4, (v) => v ?? "–"], ["estimate", "Value", 5], ["n", "n", 5, whole],
    ["metric", "Metric", 8.5, (v) => miner.facts.short[v] ?? named(v)], ["task", "Task", 13], ["validation", "Validation", 11], ["review", "Review", 7], ["venue", "Venue", 10], ["question", "Question", 8],
    ["n_unit", "Unit", 7], ["n_role", "Which n", 6], ["modality", "Modality", 10], ["condition", "Condition", 11], ["dataset", "Data set", 8], ["method", "Method", 11],
    ["cited_by", "Cited", 4.5, whole], ["score", "Score", 4.5, (v) => (v === null ? "–" : v.toFixed(2))], ["source", "Source", 6], ["type", "Type", 6],
    ["standing", "Standing", 7.5],
  ];
  const USUAL = ["title", "first_author", "year", "estimate", "n", "metric", "task", "validation", "review"];
  const NARROW = ["title", "estimate", "n", "year", "metric"], SLIM = { title: 10.5, estimate: 4.8, n: 4.4 };
  const BY_KEY = new Map(COLUMNS.map((column) => [column[0], column]));
  const SPOKEN = Object.fromEntries(COLUMNS.map(([key, heading]) => [key, heading]));
  const written = Object.fromEntries(COLUMNS.map(([key, , , write]) => [key, write ?? ((v) => v ?? "–")]));

  function pageOf(row) { return papers.page[rows.paper[row]] + ".html"; }
  // The place on the paper's page where the value's sentence stands.
  function evidenceOf(row) { const x = rows.performance_extraction_id[row]; return pageOf(row) + (x ? `#x-${x}` : ""); }
  function marked(text, words) {
    if (!words.length) { return [text]; }
    return text.split(/([\p{L}\p{N}]+)/u).map((part, i) => (i % 2 && words.some((w) => miner.bare(part).startsWith(w)) ? element("mark", part) : part));
  }

  function make(options) {
    const box = element("div", null, { class: "rows", tabindex: "0", role: "region", "aria-label": "Values, one a row: arrow keys move, Enter opens the paper" });
    const table = element("table", null, { "aria-rowcount": "0" }), group = element("colgroup"), head = element("thead"), body = element("tbody");
    table.append(element("caption", "Values that pass the filters", { class: "hidden" }), group, head, body);
    box.append(table);
    let shown = [], columns = USUAL, words = [], current = -1, places = null, drawn = "";

    function setColumns(wanted, sort) {
      columns = wanted;
      const slim = matchMedia("(max-width: 48rem)").matches, kept = columns.map((key) => BY_KEY.get(key)), width = ([key, , usual]) => (slim && SLIM[key]) || usual;
      group.replaceChildren(...kept.map((column) => { const col = element("col"); col.style.width = width(column) + "rem"; return col; }));
      table.style.minWidth = kept.reduce((sum, column) => sum + width(column), 0) + "rem";
      head.replaceChildren(element("tr", null, {}, kept.map(([key, heading]) => {
        const way = sort === key ? "ascending" : sort === "-" + key ? "descending" : null;
        const button = element("button", heading, { type: "button", "data-key": "sort-" + key });
        button.addEventListener("click", () => options.sorted(way === "ascending" ? "-" + key : way === "descending" ? "" : key));
        return element("th", null, { scope: "col", class: miner.filter.NUMBERS.has(key) ? "number" : null, "aria-sort": way }, [button]);
      })));
      drawn = "";
    }
    function cell(key, row) {
      const v = value(row, key);
      if (key === "title") {
        const standing = value(row, "standing");
        const state = element("span", standing === "stands" ? "●" : "✕", { class: `state ${standing === "stands" ? value(row, "review") ?? "none" : "out"}`, title: standing === "stands" ? value(row, "review") ?? "no value read" : standing, "aria-hidden": "true" });
        const title = element("bdi", null, {}, marked(papers.plain[rows.paper[row]], words));
        return element("td", null, {}, [state, element("a", null, { href: pageOf(row), title: papers.plain[rows.paper[row]] }, [title])]);
      }
      const text = key === "estimate" ? said(row) : String(written[key](v));
      const class_ = miner.filter.NUMBERS.has(key) ? "number" : null;
      if (key === "estimate" && v !== null) { return element("td", null, { class: class_ }, [element("a", text, { href: evidenceOf(row), title: "The sentence that it stands in" })]); }
      return element("td", null, { class: class_, title: key === "metric" ? named(v) : text.length > 12 ? text : null }, [element("bdi", text)]);
    }
    function draw() {
      const from = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - MORE), to = Math.min(shown.length, from + Math.ceil(box.clientHeight / HEIGHT) + 2 * MORE);
      const is = `${from} ${to} ${current}`;
      if (is === drawn) { return; }
      drawn = is;
      const gap = (count) => { const made = element("tr", null, { class: "gap", "aria-hidden": "true" }, [element("td", null, { colspan: columns.length })]); made.style.height = count * HEIGHT + "px"; return made; };
      const made = shown.slice(from, to).map((row, i) =>
        element("tr", null, { "aria-rowindex": String(from + i + 2), class: row === current ? "current" : null, "data-row": String(row) }, columns.map((key) => cell(key, row))));
      body.replaceChildren(...(from ? [gap(from)] : []), ...made, ...(to < shown.length ? [gap(shown.length - to)] : []));
    }
    function show(found, marks) {
      shown = found;
      words = marks;
      places = null;
      table.setAttribute("aria-rowcount", String(found.length + 1));
      drawn = "";
      box.scrollTop = 0;
      draw();
    }
    function placeOf(row) {
      places ??= new Map(shown.map((r, i) => [r, i]));
      return places.get(row) ?? -1;
    }
    function point(row, reveal) {
      current = row;
      const place = row < 0 ? -1 : placeOf(row);
      if (reveal && place >= 0) {
        const head_ = head.offsetHeight, top = place * HEIGHT;
        if (top < box.scrollTop) { box.scrollTop = top; } else if (top + HEIGHT + head_ > box.scrollTop + box.clientHeight) { box.scrollTop = top + HEIGHT + head_ - box.clientHeight; }
      }
      drawn = "";
      draw();
    }
    let asked = 0;
    box.addEventListener("scroll", () => { asked ||= requestAnimationFrame(() => { asked = 0; draw(); }); });
    new ResizeObserver(() => { drawn = ""; draw(); }).observe(box);
    box.addEventListener("click", (event) => { const tr = event.target.closest("tr[data-row]"); if (tr && !event.target.closest("a")) { options.pointed(Number(tr.dataset.row)); } });
    box.addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.floor(box.clientHeight / HEIGHT) - 2), steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -shown.length, End: shown.length };
      if (event.target !== box || !shown.length) { return; }
      if (event.key in steps) {
        event.preventDefault();
        const place = Math.min(shown.length - 1, Math.max(0, (current < 0 ? -1 : placeOf(current)) + steps[event.key]));
        options.pointed(shown[place], true);
      } else if (event.key === "Enter" && current >= 0) { location.href = evidenceOf(current); }
    });
    return { box, setColumns, show, point, placeOf };
  }
  return { make, COLUMNS, USUAL, NARROW, SPOKEN, written, named, evidenceOf, score, said, whole };
})();
