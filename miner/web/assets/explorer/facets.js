"use strict";
// The facets: what each row says, with the number of rows that would be shown; and ranges of numbers with their histograms.
miner.facets = (() => {
  const { element, value, rows } = miner;
  const { FACETS, RANGES, BIT } = miner.filter;
  const FIRST = 7, BARS = 24, OPEN = new Set(["question", "task", "metric"]);
  const SVG = "http://www.w3.org/2000/svg";
  const drawing = (name, attributes) => { const made = document.createElementNS(SVG, name); for (const [k, v] of Object.entries(attributes)) { made.setAttribute(k, v); } return made; };
  const told = (v) => (v === null ? "not told" : miner.table.named(v));

  // One facet: its values, the most frequent first, each with a box to tick.
  function facet([key, heading], options) {
    const codes = new Map(), count = rows.paper.length, coded = new Uint16Array(count), totals = [];
    for (let row = 0; row < count; row++) {
      const v = value(row, key);
      if (!codes.has(v)) { codes.set(v, codes.size); totals.push(0); }
      totals[coded[row] = codes.get(v)]++;
    }
    const values = [...codes.keys()].sort((a, b) => (a === null) - (b === null) || totals[codes.get(b)] - totals[codes.get(a)] || (a < b ? -1 : 1));
    const list = element("ul"), all = element("button", `All ${values.length}`, { type: "button", class: "more", "aria-expanded": "false" });
    const items = values.map((v) => {
      const box = element("input", null, { type: "checkbox" }), number = element("span", "", { class: "count" }), bar = element("span", null, { class: "bar", "aria-hidden": "true" });
      box.addEventListener("change", () => options.ticked(key, v ?? "", box.checked));
      const item = element("li", null, {}, [element("label", null, {}, [box, element("bdi", told(v)), number]), bar]);
      return { v, box, number, bar, item, code: codes.get(v) };
    });
    let whole = false;
    const arrange = () => list.replaceChildren(...items.filter((it, i) => whole || i < FIRST || it.box.checked).map((it) => it.item));
    all.addEventListener("click", () => { whole = !whole; all.setAttribute("aria-expanded", String(whole)); all.textContent = whole ? "Fewer" : `All ${values.length}`; arrange(); });
    const chosen = element("span", "", { class: "count" });
    const made = element("details", null, { class: "facet", "data-facet": key, open: OPEN.has(key) && values.length > 1 }, [element("summary", heading, {}, [" ", chosen]), list, ...(values.length > FIRST ? [all] : [])]);
    made.hidden = values.length < 2;
    arrange();
    function show(state, counts) {
      const wanted = new Set(state.facets[key] ?? []);
      const most = Math.max(1, ...counts);
      for (const it of items) {
        it.box.checked = wanted.has(it.v ?? "");
        it.number.textContent = counts[it.code].toLocaleString("en");
        it.item.classList.toggle("none", counts[it.code] === 0);
        it.bar.style.width = (100 * counts[it.code]) / most + "%";
      }
      chosen.textContent = wanted.size ? `${wanted.size} chosen` : "";
      if (wanted.size) { made.open = true; }
      if (!whole) { arrange(); }
    }
    return { key, coded, length: values.length, made, show };
  }

  // A range: two fields, and a histogram to drag over.
  function range([key, heading], options) {
    const log = key === "n", percent = key === "estimate", unit = percent ? 100 : 1;
    const into = (v) => (log ? Math.log10(v) : v), outOf = (x) => (log ? 10 ** x : x);
    let low = Infinity, high = -Infinity;
    for (let row = 0; row < rows.paper.length; row++) { const v = value(row, key); if (v !== null && !(log && v <= 0)) { low = Math.min(low, into(v)); high = Math.max(high, into(v)); } }
    const any = low <= high, bars = key === "year" ? Math.min(60, Math.max(1, high - low + 1)) : BARS, step = any ? (key === "year" ? (high - low + 1) / bars : (high - low) / bars || 1) : 1;
    const bin = (v) => Math.min(bars - 1, Math.max(0, Math.floor((into(v) - low) / step)));
    const from = element("input", null, { type: "number", step: "any", "aria-label": `${heading} from${percent ? ", per cent" : ""}`, placeholder: "from" }), to = element("input", null, { type: "number", step: "any", "aria-label": `${heading} to${percent ? ", per cent" : ""}`, placeholder: "to" });
    const svg = drawing("svg", { viewBox: `0 0 ${bars} 40`, preserveAspectRatio: "none", class: "histogram", "aria-hidden": "true" });
    const rects = Array.from({ length: any ? bars : 0 }, (_, i) => svg.appendChild(drawing("rect", { x: i + .06, width: .88, y: 40, height: 0 })));
    const read = (field) => (field.value.trim() === "" || !Number.isFinite(Number(field.value)) ? null : Number((Number(field.value) / unit).toPrecision(12)));
    const changed = () => { const [a, b] = [read(from), read(to)]; options.ranged(key, a === null && b === null ? null : [a, b]); };
    from.addEventListener("change", changed);
    to.addEventListener("change", changed);
    let start = null;
    const at = (event) => { const box = svg.getBoundingClientRect(); return Math.min(bars - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bars))); };
    const tidy = (v, up) => (percent ? (up ? Math.ceil(v * 1000) : Math.floor(v * 1000)) / 1000 : up ? Math.ceil(v) : Math.floor(v));
    svg.addEventListener("pointerdown", (event) => { start = at(event); svg.setPointerCapture(event.pointerId); });
    svg.addEventListener("pointerup", (event) => {
      if (start === null) { return; }
      const [a, b] = [start, at(event)].sort((p, q) => p - q);
      start = null;
      // Whole years; of others the edges of the bars, rounded outwards at the ends, where nothing must be lost.
      options.ranged(key, key === "year" ? [Math.round(low + a * step), Math.round(low + (b + 1) * step) - 1] : [tidy(outOf(low + a * step), false), tidy(outOf(low + (b + 1) * step), true)]);
    });
    const ends = element("p", null, { class: "ends", "aria-hidden": "true" });
    if (any) { ends.append(element("span", key === "year" ? String(low) : percent ? (100 * low).toFixed(0) + " %" : Math.round(outOf(low)).toLocaleString("en")), element("span", key === "year" ? String(high) : percent ? (100 * high).toFixed(0) + " %" : Math.round(outOf(high)).toLocaleString("en"))); }
    const made = element("fieldset", null, { class: "facet range", "data-facet": key }, [element("legend", percent ? `${heading} (%)` : heading), svg, ends, element("div", null, { class: "between" }, [from, element("span", "to", { "aria-hidden": "true" }), to])]);
    made.hidden = !any;
    function show(state, passes) {
      const counts = new Array(bars).fill(0), chosen = state.ranges[key];
      for (let row = 0; row < rows.paper.length; row++) { if (passes(row)) { const v = value(row, key); if (v !== null && !(log && v <= 0)) { counts[bin(v)]++; } } }
      const most = Math.max(1, ...counts);
      rects.forEach((rect, i) => {
        const height = counts[i] ? Math.max(1.5, (40 * counts[i]) / most) : 0, middle = outOf(low + (i + .5) * step);
        rect.setAttribute("y", 40 - height);
        rect.setAttribute("height", height);
        rect.setAttribute("class", chosen && ((chosen[0] !== null && middle < chosen[0]) || (chosen[1] !== null && middle > chosen[1])) ? "out" : "in");
      });
      for (const [field, i] of [[from, 0], [to, 1]]) { if (document.activeElement !== field || !chosen) { field.value = chosen?.[i] != null ? String(Number((chosen[i] * unit).toPrecision(12))) : ""; } }
    }
    return { key, made, show };
  }

  function make(options) {
    const facets = FACETS.map((f) => facet(f, options)), ranges = RANGES.map((r) => range(r, options));
    const box = element("div", null, { class: "facets" }, [...ranges, ...facets].map((f) => f.made));
    function show(state, failing) {
      const counts = facets.map((f) => new Uint32Array(f.length)), bits = facets.map((f) => BIT[f.key]);
      // A row counts for a facet where nothing else keeps it out.
      for (let row = 0; row < failing.length; row++) {
        const mask = failing[row];
        if (mask === 0) { for (let i = 0; i < facets.length; i++) { counts[i][facets[i].coded[row]]++; } continue; }
        const i = mask & (mask - 1) ? -1 : bits.indexOf(mask);
        if (i >= 0) { counts[i][facets[i].coded[row]]++; }
      }
      facets.forEach((f, i) => f.show(state, counts[i]));
      for (const r of ranges) { const others = ~BIT[r.key]; r.show(state, (row) => (failing[row] & others) === 0); }
    }
    return { box, show };
  }
  return { make, told };
})();
