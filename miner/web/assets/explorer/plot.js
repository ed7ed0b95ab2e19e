"use strict";
// The scatter plot on a canvas: points, hexagons where there are too many, a brush, and a keyboard.
miner.plot = (() => {
  const { element, value, rows } = miner;
  const MANY = 3000, RADIUS = 8, LEFT = 50, RIGHT = 14, TOP = 12, BOTTOM = 40, KINDS = 6;
  const X = { n: "Sample size n (log scale)", year: "Year of publication" };
  const SHAPES = { arxiv: "square" };

  // Round values for ticks: so many steps at most between two numbers.
  function ticksOf(low, high, most) {
    const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
    const found = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) { found.push(Number(v.toPrecision(10))); }
    return found;
  }
  function logTicks(low, high, most) {
    const found = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) { for (const m of [1, 3]) { const v = Math.log10(m) + power; if (v >= low && v <= high) { found.push(v); } } }
    return found.length > most ? found.filter((v) => Math.abs(v - Math.round(v)) < 1e-9) : found;
  }

  function make(options) {
    const canvas = element("canvas", null, { tabindex: "0", role: "application", "aria-roledescription": "scatter plot", "aria-describedby": "plot-says plot-keys" });
    const legend = element("ul", null, { class: "legend" });
    const says = element("p", null, { id: "plot-says", class: "note says" }), point = element("p", null, { class: "point", role: "status" });
    const keys = element("p", "Drag to choose a part; arrow keys move from point to point by x, Home and End to the first and last, Enter opens the paper, Escape lifts the choice.", { id: "plot-keys", class: "hidden" });
    const figure = element("figure", null, { class: "plot" }, [canvas, legend, says, point, keys]);
    const context = canvas.getContext("2d");
    let shown = [], by = "n", colour = "task", current = -1, drag = null, ranges = {}, kinds = new Map(), order = null, scale = null, asked = 0, look = {};

    function looks() {
      const style = getComputedStyle(document.documentElement), of = (name) => style.getPropertyValue(name).trim();
      look = { ink: of("--ink"), soft: of("--soft"), grid: of("--grid"), accent: of("--accent"), ring: of("--ring"), dot: of("--dot"), card: of("--card"), kinds: Array.from({ length: KINDS }, (_, i) => of(`--kind${i}`)), font: getComputedStyle(document.body).fontFamily };
    }
    const xOf = (row) => { const v = value(row, by); return v === null || (by === "n" && v <= 0) ? null : by === "n" ? Math.log10(v) : v; };
    function spread() {
      // The axes hold every row, so that they stay where they are while filters come and go.
      let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let row = 0; row < rows.paper.length; row++) {
        const x = xOf(row), y = rows.estimate[row];
        if (x === null || y === null) { continue; }
        x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
      }
      if (x0 > x1) { [x0, x1, y0, y1] = [0, 1, 0, 1]; }
      const padX = by === "n" ? Math.max(.05, (x1 - x0) * .03) : .6, padY = Math.max(.01, (y1 - y0) * .04);
      return { x0: x0 - padX, x1: x1 + padX, y0: y0 - padY, y1: y1 + padY };
    }
    function size() {
      const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      return { width, height };
    }
    function place() {
      const { width, height } = size(), s = spread();
      const px = (x) => LEFT + ((x - s.x0) / (s.x1 - s.x0)) * (width - LEFT - RIGHT), py = (y) => height - BOTTOM - ((y - s.y0) / (s.y1 - s.y0)) * (height - TOP - BOTTOM);
      scale = { ...s, width, height, px, py, x: (p) => s.x0 + ((p - LEFT) / (width - LEFT - RIGHT)) * (s.x1 - s.x0), y: (p) => s.y0 + ((height - BOTTOM - p) / (height - TOP - BOTTOM)) * (s.y1 - s.y0) };
    }
    function axes() {
      const { width, height, px, py, x0, x1, y0, y1 } = scale, narrow = width < 500;
      context.font = `12px ${look.font}`;
      context.lineWidth = 1;
      context.fillStyle = look.soft;
      context.strokeStyle = look.grid;
      context.textAlign = "right"; context.textBaseline = "middle";
      const shares = !order.length || order.some((row) => miner.facts.shares.includes(rows.metric[row]));
      for (const t of ticksOf(y0, y1, 6)) {
        context.beginPath(); context.moveTo(LEFT, py(t)); context.lineTo(width - RIGHT, py(t)); context.stroke();
        context.fillText(shares ? `${Number((100 * t).toPrecision(6))} %` : String(t), LEFT - 6, py(t));
      }
      context.textAlign = "center"; context.textBaseline = "top";
      const most = narrow ? 4 : 9;
      for (const t of by === "n" ? logTicks(x0, x1, most) : ticksOf(x0, x1, most).filter(Number.isInteger)) {
        context.fillText(by === "n" ? Math.round(10 ** t).toLocaleString("en") : String(t), px(t), height - BOTTOM + 6);
      }
      context.fillStyle = look.ink;
      context.fillText(X[by], (LEFT + width - RIGHT) / 2, height - 16);
      context.strokeStyle = look.soft;
      context.beginPath(); context.moveTo(LEFT, height - BOTTOM); context.lineTo(width - RIGHT, height - BOTTOM); context.stroke();
    }
    function shape(x, y, r, square) {
      context.beginPath();
      if (square) { context.rect(x - r * .88, y - r * .88, 2 * r * .88, 2 * r * .88); } else { context.arc(x, y, r, 0, 2 * Math.PI); }
    }
    function points() {
      const dots = shown.length > 800 ? 2.6 : 4;
      if (rows.paper.length <= MANY && shown.length < rows.paper.length) {
        context.globalAlpha = .22; context.fillStyle = look.dot;
        for (let row = 0; row < rows.paper.length; row++) { const x = xOf(row), y = rows.estimate[row]; if (x !== null && y !== null) { shape(scale.px(x), scale.py(y), 2.2); context.fill(); } }
      }
      context.globalAlpha = shown.length > 800 ? .55 : .8;
      for (const row of order) {
        const kind = kinds.get(value(row, colour));
        context.fillStyle = kind === undefined ? look.dot : look.kinds[kind];
        shape(scale.px(xOf(row)), scale.py(rows.estimate[row]), dots, SHAPES[value(row, "source")]);
        context.fill();
      }
      context.globalAlpha = 1;
    }
    function hexagons() {
      const dx = RADIUS * Math.sqrt(3), dy = RADIUS * 1.5, bins = new Map();
      for (const row of order) {
        const x = scale.px(xOf(row)), y = scale.py(rows.estimate[row]);
        let j = Math.round(y / dy), i = Math.round(x / dx - (j & 1) / 2);
        const away = (a, b) => (x - (a + (b & 1) / 2) * dx) ** 2 + (y - b * dy) ** 2;
        for (const b of [j - 1, j + 1]) { const a = Math.round(x / dx - (b & 1) / 2); if (away(a, b) < away(i, j)) { [i, j] = [a, b]; } }
        const key = i * 4096 + j;
        bins.set(key, (bins.get(key) ?? 0) + 1);
      }
      const most = Math.max(...bins.values());
      context.fillStyle = look.accent;
      for (const [key, count] of bins) {
        const j = key & 4095, i = (key - j) / 4096, x = (i + (j & 1) / 2) * dx, y = j * dy;
        context.globalAlpha = .12 + .88 * Math.log1p(count) / Math.log1p(most);
        context.beginPath();
        for (let k = 0; k < 6; k++) { const a = Math.PI / 6 + k * Math.PI / 3; context.lineTo(x + (RADIUS - .4) * Math.cos(a), y + (RADIUS - .4) * Math.sin(a)); }
        context.fill();
      }
      context.globalAlpha = 1;
      return most;
    }
    function brush() {
      const box = drag?.moved ? { x: [drag.from[0], drag.to[0]].sort((a, b) => a - b), y: [drag.from[1], drag.to[1]].sort((a, b) => a - b) } : chosen();
      if (!box) { return; }
      context.fillStyle = look.accent; context.strokeStyle = look.accent; context.lineWidth = 1;
      context.globalAlpha = .1; context.fillRect(box.x[0], box.y[0], box.x[1] - box.x[0], box.y[1] - box.y[0]);
      context.globalAlpha = .8; context.strokeRect(box.x[0], box.y[0], box.x[1] - box.x[0], box.y[1] - box.y[0]);
      context.globalAlpha = 1;
    }
    // The part of the plot that the ranges of the two axes leave.
    function chosen() {
      const x = ranges[by], y = ranges.estimate, { width, height, px, py } = scale, turned = (v) => (by === "n" ? Math.log10(Math.max(v, 1e-9)) : v);
      if (!x && !y) { return null; }
      const half = by === "year" ? .5 : 0, held = (v, low, high) => Math.min(high, Math.max(low, v));
      return {
        x: [x?.[0] != null ? held(px(turned(x[0]) - half), LEFT, width - RIGHT) : LEFT, x?.[1] != null ? held(px(turned(x[1]) + half), LEFT, width - RIGHT) : width - RIGHT],
        y: [y?.[1] != null ? held(py(y[1]), TOP, height - BOTTOM) : TOP, y?.[0] != null ? held(py(y[0]), TOP, height - BOTTOM) : height - BOTTOM],
      };
    }
    function draw() {
      asked = 0;
      place();
      context.clearRect(0, 0, scale.width, scale.height);
      order ??= shown.filter((row) => rows.estimate[row] !== null && xOf(row) !== null).sort((a, b) => xOf(a) - xOf(b) || rows.estimate[a] - rows.estimate[b] || a - b);
      axes();
      const dense = order.length > MANY;
      const most = dense ? hexagons() : points();
      brush();
      if (current >= 0 && rows.estimate[current] !== null && xOf(current) !== null) {
        context.strokeStyle = look.ring; context.lineWidth = 2.5;
        shape(scale.px(xOf(current)), scale.py(rows.estimate[current]), 8); context.stroke();
      }
      words(dense, most);
    }
    function later() { asked ||= requestAnimationFrame(draw); }

    function words(dense, most) {
      const valued = shown.filter((row) => rows.estimate[row] !== null).length, left = valued - order.length;
      const metrics = new Set(order.map((row) => rows.metric[row]));
      // Values of several metrics have no median that means anything.
      const middle = order.length ? [...order].sort((a, b) => rows.estimate[a] - rows.estimate[b])[order.length >> 1] : null;
      const across = by === "n" ? "n" : "year";
      const spoken = order.length
        ? `${miner.counted(order.length, "point")}: ${across} from ${value(order[0], by).toLocaleString(by === "n" ? "en" : undefined, { useGrouping: by === "n" })} to ${value(order[order.length - 1], by).toLocaleString("en", { useGrouping: by === "n" })}, ${metrics.size === 1 ? `median ${miner.table.named(rows.metric[middle])} ${miner.table.said(middle)}` : `${metrics.size} metrics`}.`
        : "No point to draw.";
      says.textContent = spoken + (left ? ` ${miner.counted(left, "value")} without ${across === "n" ? "an n" : "a year"} ${left === 1 ? "is" : "are"} not drawn.` : "") + (dense ? ` More than ${MANY.toLocaleString("en")} points: hexagons, the darkest of ${most.toLocaleString("en")}.` : "");
      canvas.setAttribute("aria-label", `Value against ${by === "n" ? "sample size" : "year"}`);
      const drawn = new Set(order.map((row) => value(row, colour)));
      const found = dense ? [] : [...kinds.entries()].filter(([name]) => drawn.has(name)).map(([name, kind]) => element("li", null, { class: `kind${kind}` }, [element("span", "●", { "aria-hidden": "true" }), " ", element("bdi", name === null ? "not told" : miner.table.named(name))]));
      if (found.length && order.some((row) => !kinds.has(value(row, colour)))) { found.push(element("li", null, { class: "other" }, [element("span", "●", { "aria-hidden": "true" }), " other or not told"])); }
      if (found.length && order.some((row) => SHAPES[value(row, "source")])) { found.push(element("li", "■ arXiv, ● others")); }
      legend.replaceChildren(...found);
    }
    // The colours belong to the most frequent values of all rows, whatever is shown.
    function palette() {
      const counts = new Map();
      for (let row = 0; row < rows.paper.length; row++) { const v = value(row, colour); if (v !== null && rows.estimate[row] !== null) { counts.set(v, (counts.get(v) ?? 0) + 1); } }
      kinds = new Map([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, KINDS).map(([name], i) => [name, i]));
    }
    function show(found, state) {
      if (state.x !== by || state.color !== colour || !kinds.size) { by = state.x; colour = state.color; palette(); }
      shown = found;
      ranges = state.ranges;
      order = null;
      later();
    }
    function mark(row) {
      current = row;
      point.replaceChildren(row >= 0 ? "" : "Click a point, or go from one to the next by the arrow keys; drag to choose a part.");
      if (row >= 0) {
        const what = rows.estimate[row] === null ? "no value read" : `${miner.table.named(rows.metric[row])} ${miner.table.said(row)}, n ${miner.table.whole(rows.n[row])}, ${value(row, "year") ?? "no year"}: `;
        point.append(what, element("a", null, { href: miner.table.evidenceOf(row) }, [element("bdi", miner.papers.plain[rows.paper[row]])]));
      }
      later();
    }
    function nearest(x, y) {
      let best = -1, away = 14 ** 2;
      for (const row of order ?? []) {
        const d = (scale.px(xOf(row)) - x) ** 2 + (scale.py(rows.estimate[row]) - y) ** 2;
        if (d < away) { away = d; best = row; }
      }
      return best;
    }
    const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    function brushed() {
      const inside = ([x, y]) => [Math.min(scale.width - RIGHT, Math.max(LEFT, x)), Math.min(scale.height - BOTTOM, Math.max(TOP, y))];
      const [a, b] = [inside(drag.from), inside(drag.to)];
      const xs = [scale.x(a[0]), scale.x(b[0])].sort((p, q) => p - q).map((v) => (by === "n" ? 10 ** v : v)), ys = [scale.y(a[1]), scale.y(b[1])].sort((p, q) => p - q);
      options.brushed(by, [Math.ceil(xs[0]), Math.floor(xs[1])], ys.map((v, i) => (i ? Math.ceil(v * 1000) : Math.floor(v * 1000)) / 1000));
    }
    canvas.addEventListener("pointerdown", (event) => { if (event.button === 0) { drag = { from: at(event), to: at(event), moved: false }; canvas.setPointerCapture(event.pointerId); } });
    canvas.addEventListener("pointermove", (event) => {
      if (drag) { drag.to = at(event); drag.moved ||= Math.hypot(drag.to[0] - drag.from[0], drag.to[1] - drag.from[1]) > 5; if (drag.moved) { later(); } return; }
      if (scale && order) { canvas.style.cursor = nearest(...at(event)) >= 0 ? "pointer" : "crosshair"; }
    });
    canvas.addEventListener("pointerup", (event) => {
      const was = drag;
      if (was?.moved) { brushed(); } else if (was) { const row = nearest(...at(event)); if (row >= 0) { options.pointed(row, true); } }
      drag = null;
      later();
    });
    canvas.addEventListener("pointercancel", () => { drag = null; later(); });
    canvas.addEventListener("dblclick", (event) => { const row = nearest(...at(event)); if (row >= 0) { location.href = miner.table.evidenceOf(row); } });
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity };
      if (event.key in steps && order?.length) {
        event.preventDefault();
        const before = order.indexOf(current), next = before < 0 && Number.isFinite(steps[event.key]) ? 0 : before + steps[event.key];
        options.pointed(order[Math.min(order.length - 1, Math.max(0, next))], true);
      } else if (event.key === "Enter" && current >= 0) { location.href = miner.table.evidenceOf(current); } else if (event.key === "Escape") { options.brushed(by, null, null); }
    });
    new ResizeObserver(later).observe(canvas);
    const themed = () => { looks(); later(); };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);
    looks();
    mark(-1);
    return { figure, show, mark };
  }
  return { make, X, MANY };
})();
