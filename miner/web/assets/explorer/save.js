"use strict";
// What is saved of a selection: its rows as CSV, its papers as RIS and BibTeX, as miner writes them; nothing leaves the machine.
miner.save = (() => {
  const { rows, value, element } = miner;
  const FLOATS = new Set(["estimate", "ci_low", "ci_high", "score"]);

  // A floating-point number as Python writes it.
  function float(v) {
    if (v === 0) { return Object.is(v, -0) ? "-0.0" : "0.0"; }
    const size = Math.abs(v);
    if (size < 1e-4 || size >= 1e16) { return v.toExponential().replace(/e([+-])(\d)$/, "e$10$2"); }
    return Number.isInteger(v) ? v.toFixed(1) : String(v);
  }
  function cell(v, column) {
    if (v === null) { return ""; }
    let text = typeof v === "string" ? v : FLOATS.has(column) ? float(v) : String(v);
    if (typeof v === "string" && /^[=+\-@\t\r]/.test(v) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(v)) { text = "'" + v; }  // no spreadsheet runs it
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  function csv(shown) {
    const columns = miner.facts.columns;
    return [columns, ...shown.map((row) => columns.map((column) => cell(value(row, column), column)))].map((line) => line.join(",")).join("\n") + "\n";
  }

  // Texts of the papers of a selection, in its order.
  async function referencesOf(shown, kind) {
    const papers = [...new Set(shown.map((row) => rows.paper[row]))], size = miner.facts.references;
    const shards = [...new Set(papers.map((p) => Math.floor(p / size)))];
    await Promise.all(shards.map((n) => miner.load(`data/${kind}-${String(n).padStart(3, "0")}.js`)));
    return papers.map((p) => miner.references[kind][Math.floor(p / size)][p % size]);
  }
  function letters(number) {
    let text = "";
    while (number) { const rest = (number - 1) % 26; text = String.fromCharCode(97 + rest) + text; number = (number - 1 - rest) / 26; }
    return text;
  }
  // A key that a second record has gets a letter.
  function keyed(entries) {
    const seen = new Map();
    return entries.map((entry) => {
      const end = entry.indexOf(","), head = entry.slice(0, end), key = head.slice(head.indexOf("{") + 1), count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return head + (count === 1 ? "" : letters(count)) + entry.slice(end);
    });
  }
  const FORMS = {
    CSV: { name: "papers.csv", type: "text/csv;charset=utf-8", text: async (shown) => csv(shown) },
    RIS: { name: "papers.ris", type: "application/x-research-info-systems", text: async (shown) => (await referencesOf(shown, "ris")).join("\n") },
    BibTeX: { name: "papers.bib", type: "application/x-bibtex", text: async (shown) => keyed(await referencesOf(shown, "bib")).join("\n") },
  };
  async function save(form, shown) {
    const { name, type, text } = FORMS[form];
    const link = element("a", null, { download: name, href: URL.createObjectURL(new Blob([await text(shown)], { type })) });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  return { FORMS: Object.keys(FORMS), save };
})();
