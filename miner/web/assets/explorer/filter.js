"use strict";
// What is asked for: facets, ranges and words, each a test of a row and a condition of SQL that say the same.
miner.filter = (() => {
  const { value, bare, wordsIn } = miner;
  const FACETS = [
    ["question", "Question"], ["task", "Task"], ["pool", "Pool"], ["metric", "Metric"], ["modality", "Modality"], ["condition", "Condition"],
    ["dataset", "Data set"], ["validation", "Validation"], ["review", "Review"], ["source", "Source"], ["type", "Type"], ["standing", "Standing"],
  ];
  const RANGES = [["year", "Year"], ["n", "n"], ["estimate", "Value"]];
  const NUMBERS = new Set(["year", "n", "estimate", "cited_by", "score", "ci_low", "ci_high"]);
  // What may stand before a colon in the search field.
  const FIELDS = {
    title: "title", author: "authors", authors: "authors", venue: "venue", journal: "venue", doi: "doi", arxiv: "arxiv_id", pmid: "pmid", year: "year", n: "n",
    value: "estimate", estimate: "estimate", cited: "cited_by", score: "score", task: "task", question: "question", pool: "pool", metric: "metric",
    modality: "modality", condition: "condition", dataset: "dataset", validation: "validation", method: "method", unit: "n_unit", role: "n_role",
    source: "source", type: "type", standing: "standing", review: "review",
  };
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

  function range(column, low, high) {
    const test = (row) => { const v = value(row, column); return v !== null && (low === null || v >= low) && (high === null || v <= high); };
    const sql = low !== null && high !== null ? `${column} BETWEEN ${low} AND ${high}` : low !== null ? `${column} >= ${low}` : `${column} <= ${high}`;
    return { test, sql };
  }
  function oneOf(column, wanted) {
    const set = new Set(wanted.map((v) => (v === "" ? null : v)));
    const named = wanted.filter((v) => v !== ""), parts = [];
    if (named.length) { parts.push(`${column} IN (${named.map(quoted).join(", ")})`); }
    if (set.has(null)) { parts.push(`${column} IS NULL`); }
    return { test: (row) => set.has(value(row, column)), sql: parts.length > 1 ? `(${parts.join(" OR ")})` : parts[0] };
  }
  function contains(column, text) {
    const wanted = text.toLowerCase();
    return { test: (row) => { const v = value(row, column); return v !== null && v.toLowerCase().includes(wanted); }, sql: `contains(lower(${column}), ${quoted(wanted)})` };
  }
  function word(beginning) {
    let held = null;
    const rows = miner.rows.paper;
    return {
      test: (row) => { held ??= miner.holding(beginning); return held[rows[row]] === 1; },
      sql: `regexp_matches(words, '(^|[^\\p{L}\\p{N}])${beginning}')`,  // letters and digits only: there is nothing to escape
    };
  }
  function number(column, text) {
    const scaled = (t) => { const v = Number(t.replace(/%$/, "").replaceAll(",", "")); return Number.isFinite(v) && t.trim() !== "" ? (t.endsWith("%") ? Number((v / 100).toPrecision(12)) : v) : null; };
    const span = /^(.*)\.\.(.*)$/.exec(text), sign = /^([<>]=?|=)(.+)$/.exec(text);
    if (span) {
      const [low, high] = [scaled(span[1]), scaled(span[2])];
      return low === null && high === null ? null : range(column, low, high);
    }
    const wanted = scaled(sign ? sign[2] : text), by = sign ? sign[1] : "=";
    if (wanted === null) { return null; }
    const tests = { "=": (v) => v === wanted, ">": (v) => v > wanted, "<": (v) => v < wanted, ">=": (v) => v >= wanted, "<=": (v) => v <= wanted };
    return { test: (row) => { const v = value(row, column); return v !== null && tests[by](v); }, sql: `${column} ${by} ${wanted}` };
  }
  // What stands in the search field, as conditions; what cannot be read is said and left out.
  function parsed(text) {
    const conditions = [], words = [], problems = [];
    for (const [whole, field, after, inQuotes] of text.matchAll(/(?:([A-Za-z]+):)?("([^"]*)"?|\S+)/g)) {
      const given = inQuotes ?? after;
      const column = field && FIELDS[field.toLowerCase()];
      if (column && given) {
        const made = NUMBERS.has(column) ? number(column, given) : contains(column, given);
        if (made) { conditions.push(made); } else { problems.push(`“${whole}” is no number or range: write ${field}:>100 or ${field}:20..200`); }
        continue;
      }
      if (field && !column) { problems.push(`There is no field “${field}”, so its words are looked for; fields are ${Object.keys(FIELDS).join(", ")}.`); }
      if (!column) { for (const w of wordsIn(whole)) { words.push(w); conditions.push(word(w)); } }
    }
    return { conditions, words, problems };
  }

  // Each filter has a bit: a row passes where none is set, and lifting one filter shows the rows where only its bit is.
  const KEYS = ["q", ...FACETS.map(([key]) => key), ...RANGES.map(([key]) => key)];
  const BIT = Object.fromEntries(KEYS.map((key, i) => [key, 1 << i]));
  let failing = null;
  function conditionOf(state, key) {
    if (key === "q") {
      const { conditions } = parsed(state.q);
      return conditions.length ? { test: (row) => conditions.every((c) => c.test(row)), sql: conditions.map((c) => c.sql) } : null;
    }
    if (state.ranges[key]) { return range(key, ...state.ranges[key]); }
    return state.facets[key] && state.facets[key].length ? oneOf(key, state.facets[key]) : null;
  }
  function apply(state, keys = KEYS) {
    const count = miner.rows.paper.length;
    failing ??= new Int32Array(count);
    for (const key of keys) {
      const bit = BIT[key], condition = conditionOf(state, key);
      for (let row = 0; row < count; row++) { if (!condition || condition.test(row)) { failing[row] &= ~bit; } else { failing[row] |= bit; } }
    }
    return failing;
  }
  function sql(state) {
    const conditions = [...miner.facts.limits, ...KEYS.flatMap((key) => conditionOf(state, key)?.sql ?? [])];
    const [, down, column] = /^(-?)(.*)$/.exec(state.sort);
    const by = !column ? "" : `${NUMBERS.has(column) ? column : `lower(${column})`} ${down ? "DESC" : "ASC"} NULLS LAST, `;
    return `${miner.facts.select}${conditions.length ? `\nWHERE ${conditions.join("\n  AND ")}` : ""}\nORDER BY ${by}${miner.facts.order}`;
  }
  return { FACETS, RANGES, NUMBERS, KEYS, BIT, apply, sql, parsed, bare };
})();
