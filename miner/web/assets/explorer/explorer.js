"use strict";
// The explorer: what is asked for stands in the address, and all that is shown follows from it.
(() => {
  const place = document.getElementById("explorer");
  if (!place || !miner.papers.title?.length) { return; }
  document.documentElement.classList.add("js");
  const { element, rows, counted } = miner;
  const { FACETS, RANGES, KEYS, BIT } = miner.filter;
  const narrow = matchMedia("(max-width: 48rem)").matches;
  const NAMES = Object.fromEntries([...FACETS, ...RANGES]), COLOURS = ["task", "question", "metric", "modality", "condition", "validation", "source"];
  const usual = () => (narrow ? miner.table.NARROW : miner.table.USUAL);
  const PLAIN = { x: "n", color: COLOURS.slice(0, 3).find((c) => rows[c].filter((v) => v !== null).length * 2 > rows.estimate.filter((v) => v !== null).length) ?? "metric" };
  let state = read(), shown = [], failing = null, sorted = null;

  // The address: everything that differs from what is usual.
  function read() {
    const given = new URLSearchParams(location.hash.slice(1)), made = { q: given.get("q") ?? "", facets: {}, ranges: {}, sort: "", x: "n", color: PLAIN.color, columns: usual() };
    for (const [key] of FACETS) { if (given.has(key)) { made.facets[key] = given.getAll(key); } }
    for (const [key] of RANGES) {
      const span = /^(-?[\d.]*)\.\.(-?[\d.]*)$/.exec((given.get(key) ?? "").replace(/(\d)\.\.\./, "$1.."));
      const ends = span && span.slice(1).map((t) => (t === "" || !Number.isFinite(Number(t)) ? null : Number(t)));
      if (ends && (ends[0] !== null || ends[1] !== null)) { made.ranges[key] = ends; }
    }
    const known = miner.table.SPOKEN;
    if ((given.get("sort") ?? "").replace(/^-/, "") in known) { made.sort = given.get("sort"); }
    if (given.get("x") in miner.plot.X) { made.x = given.get("x"); }
    if (COLOURS.includes(given.get("color"))) { made.color = given.get("color"); }
    const columns = (given.get("columns") ?? "").split(" ").filter((c) => c in known);
    if (columns.length) { made.columns = columns.includes("title") ? columns : ["title", ...columns]; }
    return made;
  }
  function write() {
    const out = new URLSearchParams();
    if (state.q) { out.set("q", state.q); }
    for (const [key] of FACETS) { for (const v of state.facets[key] ?? []) { out.append(key, v); } }
    for (const [key] of RANGES) { const r = state.ranges[key]; if (r) { out.set(key, `${r[0] ?? ""}..${r[1] ?? ""}`); } }
    if (state.sort) { out.set("sort", state.sort); }
    for (const key of ["x", "color"]) { if (state[key] !== PLAIN[key]) { out.set(key, state[key]); } }
    if (state.columns.join() !== usual().join()) { out.set("columns", state.columns.join(" ")); }
    history.replaceState(null, "", "#" + out);
  }

  function order() {
    if (sorted?.by === state.sort) { return sorted.order; }
    const made = Array.from(rows.paper.keys()), [, down, column] = /^(-?)(.*)$/.exec(state.sort);
    if (column) {
      const lower = !miner.filter.NUMBERS.has(column), keys = made.map((row) => { const v = miner.value(row, column); return v !== null && lower ? v.toLowerCase() : v; }), way = down ? -1 : 1;
      made.sort((a, b) => (keys[a] === keys[b] ? a - b : keys[a] === null ? 1 : keys[b] === null ? -1 : keys[a] < keys[b] ? -way : way));
    }
    sorted = { by: state.sort, order: made };
    return made;
  }

  const search = element("input", null, { type: "search", id: "search", placeholder: 'words, or year:2015..2019  n:>100  task:"AD vs HC"', autocomplete: "off", spellcheck: "false", "aria-describedby": "search-says" });
  const says = element("p", null, { id: "search-says", class: "problem", role: "status" });
  const total = element("p", null, { class: "total", role: "status" }), chips = element("ul", null, { class: "chips", "aria-label": "Filters in force" });
  const empty = element("div", null, { class: "empty" }), sqlBox = element("textarea", null, { readonly: true, rows: "6", "aria-label": "The selection as SQL, for miner sql" });
  const sql = element("div", null, { class: "sql" }, [sqlBox, element("p", "Run it on the workspace: miner sql '…' gives the rows of the table in the same order; miner export takes it as --from.", { class: "note" })]);
  sql.hidden = true;
  const table = miner.table.make({ sorted: (by) => change({ sort: by }, []), pointed });
  const plot = miner.plot.make({ pointed, brushed });
  const facets = miner.facets.make({
    ticked: (key, v, on) => change({ facets: { ...state.facets, [key]: on ? [...(state.facets[key] ?? []), v] : state.facets[key].filter((w) => w !== v) } }, [key]),
    ranged: (key, span) => change({ ranges: ranged(key, span) }, [key]),
  });
  function ranged(key, span) { const made = { ...state.ranges }; if (span) { made[key] = span; } else { delete made[key]; } return made; }
  function brushed(by, across, up) {
    let made = ranged(by, across);
    state = { ...state, ranges: made };
    made = ranged("estimate", up);
    change({ ranges: made }, [by, "estimate"]);
  }
  function pointed(row, reveal = false) { table.point(row, reveal); plot.mark(row); }

  // What is in force, each with the way to lift it.
  function lifted(key, v) {
    if (key === "q") { return { q: "" }; }
    if (state.ranges[key]) { return { ranges: ranged(key, null) }; }
    return { facets: { ...state.facets, [key]: v === undefined ? [] : state.facets[key].filter((w) => w !== v) } };
  }
  function inForce() {
    const found = state.q.trim() ? [["q", `“${state.q.trim()}”`]] : [];
    for (const [key, heading] of FACETS) { for (const v of state.facets[key] ?? []) { found.push([key, `${heading}: ${miner.facets.told(v === "" ? null : v)}`, v]); } }
    for (const [key, heading] of RANGES) {
      const span = state.ranges[key], as = (v) => (key === "estimate" ? `${Number((100 * v).toPrecision(6))} %` : key === "n" ? v.toLocaleString("en") : String(v));
      if (span) { found.push([key, `${heading} ${span[0] === null ? "up to " + as(span[1]) : span[1] === null ? "from " + as(span[0]) : as(span[0]) + "–" + as(span[1])}`]); }
    }
    return found;
  }
  function lift(text, label, key, v) {
    const button = element("button", text, { type: "button", "aria-label": label });
    button.addEventListener("click", () => { change(lifted(key, v), [key]); search.focus(); });
    return button;
  }
  function showChips() {
    const found = inForce();
    chips.replaceChildren(...found.map(([key, words, v]) => element("li", null, {}, [element("bdi", words), lift("✕", `Lift ${words}`, key, v)])));
    if (found.length > 1) {
      const all = element("button", "Lift all", { type: "button" });
      all.addEventListener("click", () => { change({ q: "", facets: {}, ranges: {} }, KEYS); search.focus(); });
      chips.append(element("li", null, { class: "all" }, [all]));
    }
  }
  // Where nothing is left: which filter to lift, and what would be there then.
  function showEmpty() {
    empty.hidden = shown.length > 0;
    if (shown.length) { return; }
    const alone = Object.fromEntries(KEYS.map((key) => [key, 0]));
    for (const mask of failing) { if (!(mask & (mask - 1))) { const key = KEYS.find((k) => BIT[k] === mask); alone[key]++; } }
    const keys = [...new Set(inForce().map(([key]) => key))], ways = keys.filter((key) => alone[key]).sort((a, b) => alone[b] - alone[a]);
    const named = (key) => inForce().filter(([k]) => k === key).map(([, words]) => words).join(", ");
    empty.replaceChildren(element("p", "No row passes all filters."), ...(ways.length
      ? [element("ul", null, {}, ways.map((key) => element("li", null, {}, [lift(`Lift ${named(key)}`, null, key), ` and there are ${counted(alone[key], "row")}.`])))]
      : [element("p", "No single one of them can be lifted to find some: lift several.")]));
  }
  function show(keys) {
    failing = miner.filter.apply(state, keys);
    shown = order().filter((row) => failing[row] === 0);
    const { words, problems } = miner.filter.parsed(state.q);
    says.textContent = problems.join(" ");
    const papers = new Set(shown.map((row) => rows.paper[row])).size, values = shown.filter((row) => rows.effect_id[row] !== null).length;
    const without = shown.length - values;
    total.textContent = `${counted(values, "value")} of ${counted(papers - without, "paper")}` + (without ? `, ${counted(without, "paper")} without a value` : "") + (shown.length < rows.paper.length ? ` (of ${miner.papers.title.length.toLocaleString("en")})` : "");
    table.setColumns(state.columns, state.sort);
    table.show(shown, words);
    table.box.hidden = shown.length === 0;
    plot.show(shown, state);
    facets.show(state, failing);
    showChips();
    showEmpty();
    if (!sql.hidden) { sqlBox.value = miner.filter.sql(state); }
    if (document.activeElement !== search) { search.value = state.q; }
    for (const select of place.querySelectorAll("select[data-state]")) { select.value = state[select.dataset.state]; }
    for (const box of place.querySelectorAll("input[data-column]")) { box.checked = state.columns.includes(box.dataset.column); }
  }
  function change(what, keys) {
    state = { ...state, ...what };
    write();
    // The index of words comes when it is first asked for.
    if (keys.includes("q") && state.q && !miner.isIndexed) { miner.whenIndexed(() => show(["q"])); const rest = keys.filter((k) => k !== "q"); if (rest.length) { show(rest); } return; }
    show(keys);
  }

  function chooser(name, label, from) {
    const select = element("select", null, { "data-state": name }, from.map(([v, words]) => element("option", words, { value: v })));
    select.addEventListener("change", () => change({ [name]: select.value }, []));
    return element("label", label + " ", {}, [select]);
  }
  function columnChooser() {
    const boxes = miner.table.COLUMNS.filter(([key]) => key !== "title").map(([key, heading]) => {
      const box = element("input", null, { type: "checkbox", "data-column": key });
      box.addEventListener("change", () => change({ columns: box.checked ? [...state.columns, key] : state.columns.filter((k) => k !== key) }, []));
      return element("label", null, {}, [box, heading]);
    });
    return element("details", null, { class: "columns" }, [element("summary", "Columns"), element("div", null, {}, boxes)]);
  }
  async function copySql(button) {
    sql.hidden = false;
    sqlBox.value = miner.filter.sql(state);
    sqlBox.select();
    let done = false;
    try { await navigator.clipboard.writeText(sqlBox.value); done = true; } catch { done = document.execCommand("copy"); }
    button.textContent = done ? "Copied" : "Copy from below";
    setTimeout(() => { button.textContent = "Copy as SQL"; }, 2000);
  }
  function tools() {
    const saves = miner.save.FORMS.map((form) => {
      const button = element("button", form, { type: "button", "data-save": form, "aria-label": `Save the selection as ${form}` });
      button.addEventListener("click", () => miner.save.save(form, shown).catch((error) => { says.textContent = error.message; }));
      return button;
    });
    const copy = element("button", "Copy as SQL", { type: "button", "data-sql": true });
    copy.addEventListener("click", () => copySql(copy));
    return element("div", null, { class: "tools" }, [total, element("span", null, { class: "saves" }, [element("span", "Save ", { class: "note" }), ...saves]), copy, columnChooser()]);
  }
  function build() {
    const field = element("div", null, { class: "search", role: "search" }, [element("label", "Search titles, abstracts, authors, identifiers", { for: "search", class: "hidden" }), search]);
    let soon = 0;
    search.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(() => change({ q: search.value }, ["q"]), 60); });
    search.addEventListener("focus", () => miner.whenIndexed(() => {}), { once: true });
    const choosers = element("div", null, { class: "choosers" }, [
      chooser("x", "Across", [["n", "sample size"], ["year", "year"]]),
      chooser("color", "Colour", COLOURS.map((c) => [c, miner.table.SPOKEN[c].toLowerCase()])),
    ]);
    const side = element("details", null, { class: "side", open: !narrow }, [element("summary", "Filters"), facets.box]);
    const main = element("div", null, { class: "main" }, [chips, choosers, plot.figure, tools(), sql, empty, table.box]);
    place.replaceChildren(field, says, element("div", null, { class: "columns-of-page" }, [side, main]));
    const plain = document.getElementById("plain");
    if (plain) { plain.open = false; }
  }
  build();
  addEventListener("hashchange", () => { state = read(); search.value = state.q; change({}, KEYS); });
  search.value = state.q;
  show(KEYS.filter((key) => key !== "q"));
  if (state.q) { miner.whenIndexed(() => show(["q"])); }
  miner.explorer = { get shown() { return shown; }, get state() { return state; }, change, sql: () => miner.filter.sql(state) };
  performance.mark("explorer-ready");
})();
