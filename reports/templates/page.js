"use strict";
document.documentElement.classList.add("js");

// A file that the reader saves; nothing leaves the machine.
function save(name, content, type) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Figures: saved with the light theme's colours on white, whatever the page shows.
function standalone(svg) {
  const copy = svg.cloneNode(true);
  const [, , width, height] = copy.getAttribute("viewBox").split(/\s+/).map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width + "pt");
  copy.setAttribute("height", height + "pt");
  const text = new XMLSerializer().serializeToString(copy).replace(/var\(--[\w-]+,\s*(#[0-9a-f]{6})\)/gi, "$1");
  const paper = `<style>*{stroke-linejoin:round;stroke-linecap:butt}</style><rect width="${width}" height="${height}" fill="#ffffff"/>`;
  return { width, height, text: text.replace(/<\/desc>/, "</desc>" + paper) };
}
function savePng(name, figure) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    const scale = 300 / 72;
    canvas.width = figure.width * scale;
    canvas.height = figure.height * scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(name, blob), "image/png");
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(figure.text);
}
for (const button of document.querySelectorAll("button[data-save]")) {
  button.addEventListener("click", () => {
    const figure = button.closest("figure");
    const drawn = standalone(figure.querySelector(".figure svg"));
    if (button.dataset.save === "png") { savePng(figure.dataset.name + ".png", drawn); }
    else { save(figure.dataset.name + ".svg", drawn.text, "image/svg+xml"); }
  });
}

// The table of studies: sorted, filtered and paged from the page's own data.
function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) { made.textContent = text; }
  for (const [key, value] of Object.entries(attributes)) { made.setAttribute(key, value); }
  return made;
}
function studyTable(table, data) {
  const at = Object.fromEntries(data.fields.map((name, i) => [name, i]));
  const body = table.tBodies[0], pager = document.getElementById(table.id + "-pager"), shown = document.getElementById(table.id + "-shown");
  const keys = ["title", "year", "task", "metric", "estimate", "n", "n_role", "quotes"];
  const state = { rows: data.rows, page: 0 };
  const get = (row, name) => row[at[name]];
  const metric = (row) => data.metrics[get(row, "metric")] ?? get(row, "metric");
  const words = new Map();
  const text = (row) => {
    if (!words.has(row)) {
      const own = ["title", "label", "paper_id", "year", "task", "n_unit", "n_role", "decided", "estimate", "n"].map((f) => get(row, f) ?? "");
      words.set(row, [...own, metric(row), ...get(row, "decisions"), ...get(row, "quotes").map((q) => data.sentences[q[0]])].join(" ").toLowerCase());
    }
    return words.get(row);
  };
  function cell(label, numeric) {
    return element("td", null, numeric ? { class: "number", "data-label": label } : { "data-label": label });
  }
  function draw(row) {
    const made = element("tr", null, { id: get(row, "effect_id") });
    const paper = cell("Paper"), title = element("bdi", get(row, "title"));
    if (get(row, "link")) { const link = element("a", null, { href: get(row, "link") }); link.append(title); paper.append(link); } else { paper.append(title); }
    const small = element("small", null, { class: "one" });
    if (get(row, "label")) { small.append(element("bdi", get(row, "label")), " · "); }
    small.append(get(row, "paper_id") ?? "");
    paper.append(small);
    const year = cell("Year", true); year.textContent = get(row, "year") ?? "–"; year.dataset.value = get(row, "year") ?? "";
    const task = cell("Task"); task.append(element("span", get(row, "task") ?? "–", { class: "two" }));
    const what = cell("Metric"); what.textContent = metric(row);
    const value = cell("Value", true); value.textContent = (100 * get(row, "estimate")).toFixed(1) + " %"; value.dataset.value = get(row, "estimate");
    const n = cell("n", true); n.textContent = get(row, "n").toLocaleString("en"); n.dataset.value = get(row, "n");
    const which = cell("Which n"); which.append(element("span", (get(row, "n_unit") ?? "–") + ", " + (get(row, "n_role") ?? "–"), { class: "one" }));
    if (get(row, "decided")) { which.append(element("small", get(row, "decided"), { class: "one", title: get(row, "decided") })); }
    for (const d of get(row, "decisions")) { which.append(element("small", d, { class: "decision" })); }
    const quotes = cell("Sentences");
    for (const [sentence, start, end, rule, page] of get(row, "quotes")) {
      const whole = data.sentences[sentence], before = whole.slice(0, start), after = whole.slice(end);
      // In one line what stands around the value; opened, all of the sentence.
      const around = element("bdi"), inner = element("bdi"), quote = element("blockquote"), more = element("details", null, { class: "quote" }), line = element("summary");
      around.append([...before].slice(-16).join(""), element("mark", whole.slice(start, end)), [...after].slice(0, 36).join(""));
      inner.append(before, element("mark", whole.slice(start, end)), after);
      quote.append(inner, " ", element("small", `(${data.rules[rule]}${page ? `, page ${page}` : ""})`));
      line.append(around);
      more.append(line, quote);
      quotes.append(more);
    }
    made.append(paper, year, task, what, value, n, which, quotes);
    return made;
  }
  function show() {
    const pages = Math.max(1, Math.ceil(state.rows.length / data.shown));
    state.page = Math.min(Math.max(0, state.page), pages - 1);
    body.replaceChildren(...state.rows.slice(state.page * data.shown, (state.page + 1) * data.shown).map(draw));
    pager.hidden = pages < 2;
    pager.querySelector("span").textContent = `page ${state.page + 1} of ${pages}`;
  }
  function sort(key, down) {
    const value = (row) => key === "quotes" ? (get(row, "quotes").length ? data.sentences[get(row, "quotes")[0][0]] : null) : get(row, key);
    const compare = (a, b) => {
      const x = value(a), y = value(b);
      if (x === null || y === null) { return (x === null) - (y === null); }  // what is not known stands last
      return (typeof x === "number" ? x - y : String(x).localeCompare(String(y))) * (down ? -1 : 1);
    };
    data.rows.sort(compare);
  }
  const filter = document.querySelector(`input[data-filter="${table.id}"]`);
  function sift() {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    state.rows = wanted.length ? data.rows.filter((row) => wanted.every((w) => text(row).includes(w))) : data.rows;
    shown.textContent = String(state.rows.length);
    show();
  }
  filter.addEventListener("input", () => { state.page = 0; sift(); });
  table.querySelectorAll("th button").forEach((button, i) => {
    const head = button.closest("th");
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(keys[i], down);
      state.page = 0;
      sift();
    });
  });
  for (const button of pager.querySelectorAll("button")) {
    button.addEventListener("click", () => { state.page += Number(button.dataset.page); show(); table.scrollIntoView({ block: "start" }); });
  }
  if (data.rows.length > data.shown) { show(); }
  // A row that the address names is shown, on whichever page it stands.
  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const at = id && !document.getElementById(id) ? data.rows.findIndex((row) => get(row, "effect_id") === id) : -1;
    if (at < 0) { return; }
    filter.value = "";
    state.page = Math.floor(at / data.shown);
    sift();
    document.getElementById(id).scrollIntoView({ block: "center" });
  }
  addEventListener("hashchange", reveal);
  reveal();
  document.querySelector("button[data-csv]").addEventListener("click", (event) => save(event.currentTarget.dataset.csv, csv(data), "text/csv;charset=utf-8"));
}
function csv(data) {
  const safe = (value) => {
    if (value === null || value === undefined) { return ""; }
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value);  // no spreadsheet runs it
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const lines = [data.fields.slice(0, data.csv), ...data.rows.map((row) => row.slice(0, data.csv))];
  return lines.map((line) => line.map(safe).join(",")).join("\n") + "\n";
}
const payload = document.getElementById("report-data");
const studies = document.querySelector("table[data-studies]");
if (payload && studies) { studyTable(studies, JSON.parse(payload.textContent).studies); }

// Interactive figures, where the page brings Vega: from the same data; a click on a point shows its row.
function explore(figure, data) {
  const at = Object.fromEntries(data.fields.map((name, i) => [name, i]));
  const rows = data.rows.filter((row) => row[at.metric] === figure.dataset.metric).map((row) => ({
    title: row[at.title], paper: row[at.paper_id] ?? row[at.title], year: row[at.year], task: row[at.task] ?? "no task named", n: row[at.n], estimate: row[at.estimate],
  }));
  const look = getComputedStyle(document.documentElement), ink = look.getPropertyValue("--ink").trim(), line = look.getPropertyValue("--f-grid").trim();
  const text = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" };
  const specification = JSON.parse(figure.querySelector("script").textContent);
  const scale = specification.encoding.color.scale;
  scale.range = scale.range.map((color, i) => look.getPropertyValue("--f-c" + (i % 6)).trim() || color);
  specification.datasets = { studies: rows };
  specification.config = { background: null, font: look.fontFamily, view: { stroke: null }, axis: { ...text, gridColor: line, domainColor: line, tickColor: line }, legend: text };
  figure.hidden = false;
  // Thousands of points are drawn on a canvas: as nodes of SVG they would make the page slow.
  // The interpreter evaluates no text as code, which the page's policy forbids.
  vegaEmbed(figure.querySelector(".vega"), specification, { ast: true, actions: false, renderer: rows.length > 3000 ? "canvas" : "svg" }).then(({ view }) => {
    view.addEventListener("click", (event, item) => {
      const filter = document.querySelector("input[data-filter]");
      if (!item || !item.datum || !item.datum.paper || !filter) { return; }
      filter.value = item.datum.paper;
      filter.dispatchEvent(new Event("input"));
    });
  });
}
if (payload && window.vegaEmbed) {
  document.querySelectorAll("figure[data-metric]").forEach((figure) => explore(figure, JSON.parse(payload.textContent).studies));
}
