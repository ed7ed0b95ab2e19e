"use strict";
// The rows of a site, as its data scripts bring them, and what is asked of them. Classic scripts: browsers load no others from disk.
window.miner = (() => {
  const papers = {}, rows = { paper: [] }, index = { words: [], papers: [] }, references = { ris: [], bib: [] };
  let facts = {}, indexed = false, waiting = [];

  const unpacked = (values) => (Array.isArray(values) ? values : values.at.map((i) => values.of[i]));
  function append(to, columns) {
    for (const [name, values] of Object.entries(columns)) {
      const column = (to[name] ??= []);
      for (const value of unpacked(values)) { column.push(value); }
    }
  }
  function add(shard) {
    const first = papers.title ? papers.title.length : 0;
    append(papers, shard.papers);
    append(rows, shard.rows);
    shard.of.forEach((count, i) => { for (let k = 0; k < count; k++) { rows.paper.push(first + i); } });
    const plain = (papers.plain ??= []);
    for (let i = first; i < papers.title.length; i++) { plain.push(shard.plain[i - first] ?? papers.title[i]); }
  }
  function value(row, column) {
    const own = rows[column];
    return own ? own[row] : papers[column][rows.paper[row]];
  }
  function indexedBy(found) {
    index.words = found.words.split(" ");
    index.papers = found.papers.split(" ");
    indexed = true;
    waiting.forEach((then) => then());
    waiting = [];
  }

  // Words as the index has them: lower case, without accents.
  const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsIn = (text) => bare(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  const DIGITS = new Uint8Array(128);
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].forEach((c, i) => { DIGITS[c.charCodeAt(0)] = i; });
  function holding(beginning) {
    const held = new Uint8Array(papers.title.length), words = index.words;
    let low = 0, high = words.length;
    while (low < high) { const middle = (low + high) >> 1; if (words[middle] < beginning) { low = middle + 1; } else { high = middle; } }
    for (; low < words.length && words[low].startsWith(beginning); low++) {
      const steps = index.papers[low];
      let place = 0, step = 0;
      for (let i = 0; i < steps.length; i++) {
        const digit = DIGITS[steps.charCodeAt(i)];
        step = step * 32 + (digit & 31);
        if (digit < 32) { place += step; held[place] = 1; step = 0; }
      }
    }
    return held;
  }

  // A script is loaded once; what it brings is there when the promise is kept.
  const loading = new Map();
  function load(path) {
    if (!loading.has(path)) {
      loading.set(path, new Promise((kept, broken) => {
        const script = document.createElement("script");
        script.src = document.getElementById("explorer").dataset.up + path;
        script.onload = kept;
        script.onerror = () => { loading.delete(path); broken(new Error(`${path} is missing: the folder of this site is not whole`)); };
        document.head.append(script);
      }));
    }
    return loading.get(path);
  }

  function element(name, text, attributes = {}, children = []) {
    const made = document.createElement(name);
    if (text !== undefined && text !== null) { made.textContent = text; }
    for (const [key, content] of Object.entries(attributes)) { if (content !== null && content !== false) { made.setAttribute(key, content === true ? "" : content); } }
    made.append(...children);
    return made;
  }
  const counted = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

  return {
    papers, rows, add, value, load, element, counted, bare, wordsIn, holding, references,
    get facts() { return facts; },
    get isIndexed() { return indexed; },
    described(found) { facts = found; },
    indexed: indexedBy,
    whenIndexed(then) { if (indexed) { then(); } else { waiting.push(then); load("data/words.js").catch(() => {}); } },
    referred({ kind, number, texts }) { references[kind][number] = texts; },
  };
})();
