"use strict";
// Links the table of particles with the picture of a scan, the histogram and the filters. Nothing is fetched, nothing is
// kept: numbers come from the page's own data, contours from the paths of its figures. A particle goes by its number "g"
// through all scans; without this script the page is whole, but for the table.
(() => {
  const element = (id) => document.getElementById(id);
  const { kinds, scans } = JSON.parse(element("data").textContent);
  const [explorer, stage, listing, tip] = ["particles", "stage", "listing", "tip"].map(element);
  const [head, body] = [listing.querySelector("thead"), listing.querySelector("tbody")];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const SPARE_ROWS = 12, MOST_ZOOM = 60, NEAR_PX = 12, DRAG_PX = 4;

  // ---- the particles -------------------------------------------------------------------------------------------------
  let total = 0;
  scans.forEach((scan) => { scan.start = total; total += scan.ids.length; });
  const scanOf = new Uint32Array(total);
  scans.forEach((scan, s) => scanOf.fill(s, scan.start, scan.start + scan.ids.length));
  const of = (g, list) => { const scan = scans[scanOf[g]]; return list(scan)[g - scan.start]; };
  const quantity = (g, c) => of(g, (scan) => scan.values[c]);
  const idOf = (g) => of(g, (scan) => scan.ids);

  const written = (value) => {
    if (value === null) return "—";
    if (value === 0) return "0";
    const size = Math.floor(Math.log10(Math.abs(value)));
    return size > 6 || size < -4 ? value.toExponential(2) : value.toFixed(Math.max(2 - size, 0));
  };

  // ---- what is chosen ------------------------------------------------------------------------------------------------
  let kind = 0, rows = [], chosen = new Set(), active = -1, under = -1, columns = [];
  let order = { column: 0, falling: false };
  let scene = -1, outlines = [], view = { x: 0, y: 0, u: 1 };

  const scope = element("scope"), only = element("only");
  const scoped = () => {
    const [letter, n] = [scope.value[0], Number(scope.value.slice(1))];
    return letter === "s" ? [n] : scans.map((_, s) => s).filter((s) => scans[s].kind === n);
  };

  function fillScopes() {
    kinds.forEach((each, k) => {
      const count = scans.filter((scan) => scan.kind === k).length;
      if (count > 1) scope.add(new Option(`all ${count} scans${kinds.length > 1 ? ` (${each.name})` : ""}`, `k${k}`));
    });
    scans.forEach((scan, s) => scope.add(new Option(`${scan.name} (${scan.ids.length})`, `s${s}`)));
    scope.value = `s${Math.max(scans.findIndex((scan) => scan.ids.length), 0)}`;
  }

  // ---- the table -----------------------------------------------------------------------------------------------------
  function columnsOf() {
    const plain = (label, meaning, get, text) => ({ label, unit: "", meaning, get, text });
    const own = [plain("No.", "Number of the particle on its scan", idOf, (g) => String(idOf(g)))];
    if (scope.value[0] === "k") {
      const name = (g) => scans[scanOf[g]].name;
      own.unshift({ ...plain("Image", "The scan", (g) => scanOf[g], name), name: true });
    }
    kinds[kind].columns.forEach((column, c) => own.push({
      label: `${column.name} ${column.symbol}`, unit: column.unit, meaning: column.meaning,
      get: (g) => quantity(g, c), text: (g) => written(quantity(g, c)),
    }));
    const score = (g) => of(g, (scan) => scan.scores);
    own.splice(own.length - kinds[kind].columns.length + 2, 0,
      plain("score", "How sure the network is, 0 to 1", score, (g) => score(g) === null ? "—" : score(g).toFixed(2)));
    const border = (g) => of(g, (scan) => scan.border);
    own.push(plain("border", "Touches the border of the scan", border, (g) => border(g) ? "yes" : ""));
    return own;
  }

  function drawHead() {
    const line = document.createElement("tr");
    columns.forEach((column, c) => {
      const cell = document.createElement("th"), button = document.createElement("button");
      cell.scope = "col";
      const falls = c === order.column && order.falling;
      cell.setAttribute("aria-sort", c !== order.column ? "none" : falls ? "descending" : "ascending");
      button.type = "button";
      button.title = column.meaning;
      button.append(column.label, c === order.column ? (falls ? " ▾" : " ▴") : "");
      const unit = document.createElement("small");
      unit.textContent = column.unit || "\u00a0";
      button.append(unit);
      button.addEventListener("click", () => {
        order = { column: c, falling: c === order.column && !order.falling };
        refresh();
        head.querySelectorAll("button")[c].focus();
      });
      cell.append(button);
      line.append(cell);
    });
    head.replaceChildren(line);
    line.setAttribute("aria-rowindex", "1");
  }

  let rowPx = 28;
  function drawRows() {
    const held = body.contains(document.activeElement);
    const first = Math.max(0, Math.floor(listing.scrollTop / rowPx) - SPARE_ROWS);
    const last = Math.min(rows.length, first + Math.ceil(listing.clientHeight / rowPx) + 2 * SPARE_ROWS);
    const seen = rows.slice(first, last), open = seen.includes(active) ? active : seen[0];
    const lines = seen.map((g, i) => {
      const line = document.createElement("tr");
      line.dataset.g = g;
      line.tabIndex = g === open ? 0 : -1;
      line.setAttribute("aria-rowindex", first + i + 2);
      line.setAttribute("aria-selected", chosen.has(g));
      columns.forEach((column) => {
        const cell = line.insertCell();
        cell.textContent = column.text(g);
        if (column.name) { cell.className = "name"; cell.title = cell.textContent; }
      });
      return line;
    });
    const gap = (count) => {
      const line = document.createElement("tr");
      line.className = "gap";
      line.setAttribute("aria-hidden", "true");
      line.style.height = `${count * rowPx}px`;
      return line;
    };
    body.replaceChildren(gap(first), ...lines, gap(rows.length - last));
    listing.firstElementChild.setAttribute("aria-rowcount", rows.length + 1);
    if (lines.length) rowPx = lines[0].getBoundingClientRect().height || rowPx;
    if (held) (body.querySelector(`tr[data-g="${active}"]`) || listing).focus({ preventScroll: true });
  }

  function reveal(g) {
    const at = rows.indexOf(g);
    if (at < 0) return;
    const room = listing.clientHeight - head.offsetHeight;
    if (at * rowPx < listing.scrollTop) listing.scrollTop = at * rowPx;
    else if ((at + 1) * rowPx > listing.scrollTop + room) listing.scrollTop = (at + 1) * rowPx - room;
  }

  // ---- filters -------------------------------------------------------------------------------------------------------
  const given = (id) => element(id).value === "" ? null : Number(element(id).value);

  function passes() {
    const limits = [0, 1].map((c) => [given(`from-${c}`), given(`to-${c}`)]);
    const least = given("score"), border = element("border").value;
    return (g) => {
      for (let c = 0; c < 2; c++) {
        const [from, to] = limits[c], value = quantity(g, c);
        if (from !== null && !(value !== null && value >= from)) return false;
        if (to !== null && !(value !== null && value <= to)) return false;
      }
      if (least !== null && !(of(g, (scan) => scan.scores) >= least)) return false;
      if (border !== "" && of(g, (scan) => scan.border) !== Number(border)) return false;
      return !only.checked || chosen.has(g);
    };
  }

  function refresh() {
    const within = scoped();
    kind = within.length ? scans[within[0]].kind : 0;
    columns = columnsOf();
    if (order.column >= columns.length) order = { column: 0, falling: false };
    [0, 1].forEach((c) => { element(`unit-${c}`).textContent = kinds[kind].columns[c].unit; });
    const keep = passes(), { get } = columns[order.column], sign = order.falling ? -1 : 1;
    rows = [];
    for (const s of within) for (let i = 0; i < scans[s].ids.length; i++) rows.push(scans[s].start + i);
    rows = rows.filter(keep).sort((a, b) => {
      const [one, other] = [get(a), get(b)];
      if (one === null || other === null) return (one === null) - (other === null);  // unknown ones last
      return sign * (one - other) || a - b;
    });
    element("before").disabled = scene <= 0;
    element("after").disabled = scene >= scans.length - 1;
    drawHead();
    drawRows();
    drawOutlines();
    tell();
  }

  function tell() {
    const whole = scoped().reduce((sum, s) => sum + scans[s].ids.length, 0);
    let words = `${rows.length} of ${whole} particles shown, ${chosen.size} selected.`;
    if (active >= 0) {
      const figures = kinds[scans[scanOf[active]].kind].columns.slice(0, 2)
        .map((column, c) => `${column.name} ${written(quantity(active, c))} ${column.unit}`);
      words += ` Particle ${idOf(active)} of ${scans[scanOf[active]].name}: ${figures.join(", ")}.`;
    }
    element("status").textContent = words;
  }

  // ---- the picture ---------------------------------------------------------------------------------------------------
  const layer = (name) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", name);
    stage.append(path);
    return path;
  };
  const origins = ["network", "refined", "human", "baseline"];
  const faint = layer("faint"), halo = layer("halo"), shown = origins.map((origin) => layer(`shown ${origin}`));
  const [marked, pointed] = [layer("chosen"), layer("under")];

  function setScene(s) {
    if (s === scene || s === undefined) return;
    scene = s;
    const scan = scans[s], figure = element(scan.figure), image = stage.querySelector("image");
    image.setAttribute("href", figure.querySelector("image").getAttribute("href"));
    image.setAttribute("width", scan.size[0]);
    image.setAttribute("height", scan.size[1]);
    stage.setAttribute("aria-label", `Scan ${scan.name} with the contours of its particles`);
    const byId = new Map(), paths = figure.querySelectorAll("path[data-ids]");
    for (const path of paths) {
      const origin = origins.findIndex((name) => path.id.endsWith(name)), ids = path.dataset.ids.split(" ");
      path.getAttribute("d").split("z").slice(0, -1).forEach((d, i) => byId.set(Number(ids[i]), read(`${d}z`, origin)));
    }
    outlines = scan.ids.map((id) => byId.get(id));
    under = -1;
    seeWhole();
  }

  function read(d, origin) {
    const numbers = d.match(/-?\d+/g).map(Number), points = [numbers.slice(0, 2)];
    for (let i = 2; i + 1 < numbers.length; i += 2) {
      const [x, y] = points[points.length - 1];
      points.push([x + numbers[i], y + numbers[i + 1]]);
    }
    const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
    return { d, origin, points, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] };
  }

  const outlineOf = (g) => g >= 0 && scanOf[g] === scene ? outlines[g - scans[scene].start] : undefined;
  const joined = (list) => list.map((g) => outlineOf(g)?.d ?? "").join("");

  function drawOutlines() {
    if (scene < 0) return;
    const { start, ids } = scans[scene], all = ids.map((_, i) => start + i), listed = new Set(rows);
    const drawn = all.filter((g) => listed.has(g));
    faint.setAttribute("d", joined(all.filter((g) => !listed.has(g))));
    halo.setAttribute("d", joined(drawn));
    shown.forEach((path, o) => path.setAttribute("d", joined(drawn.filter((g) => outlineOf(g)?.origin === o))));
    drawMarks();
  }

  function drawMarks() {
    marked.setAttribute("d", joined([...chosen]));
    pointed.setAttribute("d", joined([under]));
  }

  const frame = () => [Math.max(stage.clientWidth, 1), Math.max(stage.clientHeight, 1)];
  const widest = () => Math.max(scans[scene].size[0] / frame()[0], scans[scene].size[1] / frame()[1]);

  function setView(x, y, u) {
    if (scene < 0) return;
    const { size, scale } = scans[scene], most = widest(), [wide, high] = frame();
    u = Math.min(Math.max(u, most / MOST_ZOOM), most);
    const inside = (at, length, shown) => shown >= length ? length / 2 : Math.min(Math.max(at, shown / 2), length - shown / 2);
    view = { x: inside(x, size[0], wide * u), y: inside(y, size[1], high * u), u };
    stage.setAttribute("viewBox", `${view.x - wide * u / 2} ${view.y - high * u / 2} ${wide * u} ${high * u}`);
    stage.style.touchAction = u < most ? "none" : "pan-y";
    const ruler = element("ruler");
    ruler.hidden = scale === null;
    if (scale === null) return;
    const limit = 0.25 * Math.min(wide * u, size[0]) * scale, power = 10 ** Math.floor(Math.log10(limit));
    const length = [5, 2, 1].map((step) => step * power).find((step) => step <= limit);
    const label = length >= 1000 ? `${length / 1000} µm` : `${Number(length.toPrecision(1))} nm`;
    ruler.firstElementChild.textContent = label;
    ruler.lastElementChild.style.width = `${length / scale / u}px`;
  }
  const seeWhole = () => setView(0, 0, Infinity);
  const zoom = (factor, x = view.x, y = view.y) =>
    setView(x + (view.x - x) * factor, y + (view.y - y) * factor, view.u * factor);

  function look(g) {
    const outline = outlineOf(g);
    if (!outline) return;
    const [left, top, right, bottom] = outline.box, fit = 7 * Math.max(right - left, bottom - top, 1) / Math.min(...frame());
    setView((left + right) / 2, (top + bottom) / 2, view.u > 1.6 * fit || view.u < fit / 3 ? fit : view.u);
  }

  function particleAt(x, y) {
    let [best, nearest] = [-1, NEAR_PX * view.u];
    for (const g of listedHere()) {
      const outline = outlineOf(g);
      if (!outline) continue;
      const [left, top, right, bottom] = outline.box;
      if (x >= left && x <= right && y >= top && y <= bottom && holds(outline.points, x, y)) return g;
      const off = Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2);
      if (off < nearest) [best, nearest] = [g, off];
    }
    return best;
  }
  const listedHere = () => rows.filter((g) => scanOf[g] === scene);

  function holds(points, x, y) {  // how often a ray to the right crosses the outline
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [[x1, y1], [x2, y2]] = [points[i], points[j]];
      if ((y1 > y) !== (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1) inside = !inside;
    }
    return inside;
  }

  // ---- choosing ------------------------------------------------------------------------------------------------------
  function choose(g, { more = false, go = true } = {}) {
    if (!more) chosen = new Set([g]);
    else if (!chosen.delete(g)) chosen.add(g);
    active = g;
    press(null);
    if (scanOf[g] !== scene) { setScene(scanOf[g]); drawOutlines(); }
    if (go) look(g);
    reveal(g);
    drawRows();
    drawMarks();
    tell();
    try { history.replaceState(null, "", `#particle-${scans[scene].figure.slice(6)}-${idOf(g)}`); } catch { /* a viewer without history */ }
  }

  function release() {
    [chosen, active, only.checked] = [new Set(), -1, false];
    press(null);
    refresh();
  }

  function open(s, scroll = true) {
    scope.value = `s${s}`;
    setScene(s);
    release();
    if (scroll) toExplorer();
  }
  const toExplorer = () => explorer.scrollIntoView({ behavior: calm ? "auto" : "smooth" });

  const bars = [...document.querySelectorAll(".chart rect")];
  const press = (bar) => bars.forEach((each) => each.setAttribute("aria-pressed", each === bar));

  function chooseBar(bar) {
    if (bar.getAttribute("aria-pressed") === "true") { release(); return; }
    const [k, b] = [Number(bar.dataset.kind), Number(bar.dataset.bin)];
    clearFilters();
    scope.value = `k${k}`;
    if (scope.value === "") scope.value = `s${scans.findIndex((scan) => scan.kind === k)}`;
    chosen = new Set();
    scans.forEach((scan) => { if (scan.kind === k) scan.bins.forEach((bin, i) => { if (bin === b) chosen.add(scan.start + i); }); });
    only.checked = chosen.size > 0;
    active = -1;
    const [first] = chosen;
    if (first !== undefined && ![...chosen].some((g) => scanOf[g] === scene)) setScene(scanOf[first]);
    seeWhole();
    listing.scrollTop = 0;
    refresh();
    press(bar);
    toExplorer();
  }

  function clearFilters() {
    for (const id of ["from-0", "to-0", "from-1", "to-1", "score", "border"]) element(id).value = "";
    only.checked = false;
  }

  function followHash() {
    const [, figure, id] = /^#particle-(\d+)-(\d+)$/.exec(location.hash) ?? [];
    const s = scans.findIndex((scan) => scan.figure === `image-${figure}`);
    const i = s < 0 ? -1 : scans[s].ids.indexOf(Number(id));
    if (i < 0) return;
    open(s);
    choose(scans[s].start + i);
  }

  // ---- what the user does --------------------------------------------------------------------------------------------
  function listen() {
    scope.addEventListener("change", () => { if (scope.value[0] === "s") setScene(scoped()[0]); else setScene(scene < 0 || scans[scene].kind !== scans[scoped()[0]].kind ? scoped()[0] : scene); listing.scrollTop = 0; release(); });
    element("before").addEventListener("click", () => open(scene - 1, false));
    element("after").addEventListener("click", () => open(scene + 1, false));
    element("clear").addEventListener("click", () => { clearFilters(); release(); });
    for (const id of ["from-0", "to-0", "from-1", "to-1", "score", "border", "only"]) element(id).addEventListener("input", refresh);
    let waiting = false;
    listing.addEventListener("scroll", () => { if (!waiting) requestAnimationFrame(() => { waiting = false; drawRows(); }); waiting = true; });
    body.addEventListener("click", (event) => {
      const line = event.target.closest("tr[data-g]");
      if (line) { line.focus(); choose(Number(line.dataset.g), { more: event.ctrlKey || event.metaKey }); }
    });
    listing.tabIndex = -1;
    listing.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { release(); return; }
      if (head.contains(event.target)) return;
      const page = Math.max(1, Math.floor(listing.clientHeight / rowPx) - 2), at = rows.indexOf(active);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1, Enter: at, " ": at }[event.key];
      if (to === undefined || !rows.length) return;
      event.preventDefault();
      if (!body.contains(document.activeElement)) body.querySelector("tr[tabindex='0']")?.focus({ preventScroll: true });
      choose(rows[Math.min(Math.max(to, 0), rows.length - 1)]);
    });
    listenStage();
    bars.forEach((bar, i) => {
      bar.setAttribute("role", "button");
      bar.setAttribute("aria-label", bar.textContent);
      bar.tabIndex = i && bars[i - 1].dataset.kind === bar.dataset.kind ? -1 : 0;
      bar.addEventListener("click", () => chooseBar(bar));
      bar.addEventListener("keydown", (event) => {
        const next = bars[i + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? NaN)];
        if (next && next.dataset.kind === bar.dataset.kind) { [bar.tabIndex, next.tabIndex] = [-1, 0]; next.focus(); }
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chooseBar(bar); }
      });
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#image-']");
      const s = link ? scans.findIndex((scan) => `#${scan.figure}` === link.getAttribute("href")) : -1;
      if (s >= 0) { event.preventDefault(); open(s); }
    });
    addEventListener("hashchange", followHash);
    new ResizeObserver(() => { setView(view.x, view.y, view.u >= widest() * 0.999 ? Infinity : view.u); drawRows(); }).observe(stage);
  }

  function listenStage() {
    const place = (event) => {
      const box = stage.getBoundingClientRect(), [wide, high] = frame();
      return [(event.clientX - box.left - wide / 2) * view.u + view.x, (event.clientY - box.top - high / 2) * view.u + view.y];
    };
    let held = null;
    stage.addEventListener("pointerdown", (event) => { held = { x: event.clientX, y: event.clientY, from: view, far: false }; });
    stage.addEventListener("pointermove", (event) => {
      if (held && event.buttons) {
        const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
        if (!held.far && Math.hypot(dx, dy) > DRAG_PX) { held.far = true; stage.setPointerCapture(event.pointerId); stage.classList.add("held"); }
        if (held.far) setView(held.from.x - dx * view.u, held.from.y - dy * view.u, view.u);
        return;
      }
      const g = particleAt(...place(event)), box = stage.getBoundingClientRect();
      if (g !== under) { under = g; drawMarks(); }
      tip.hidden = g < 0;
      if (g < 0) return;
      const lines = kinds[scans[scene].kind].columns.slice(0, 2).map((column, c) => `${column.symbol} ${written(quantity(g, c))} ${column.unit}`);
      tip.textContent = [`No. ${idOf(g)}`, ...lines].join(" · ");
      tip.style.left = `${Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 4)}px`;
      tip.style.top = `${Math.max(event.clientY - box.top - 30, 2)}px`;
    });
    stage.addEventListener("pointerleave", () => { under = -1; tip.hidden = true; drawMarks(); });
    stage.addEventListener("click", (event) => {
      const dragged = held?.far;
      held = null;
      stage.classList.remove("held");
      if (dragged) return;
      const g = particleAt(...place(event));
      if (g >= 0) choose(g, { more: event.ctrlKey || event.metaKey, go: false });
      else if (!event.ctrlKey) release();
    });
    stage.addEventListener("dblclick", (event) => { zoom(0.5, ...place(event)); });
    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(event.deltaY / 300), ...place(event));
    }, { passive: false });
    stage.addEventListener("keydown", (event) => {
      const step = 40 * view.u, { x, y, u } = view;
      const deed = {
        ArrowLeft: () => setView(x - step, y, u), ArrowRight: () => setView(x + step, y, u),
        ArrowUp: () => setView(x, y - step, u), ArrowDown: () => setView(x, y + step, u),
        "+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1.4), 0: seeWhole, Escape: release,
      }[event.key];
      if (deed && !event.ctrlKey && !event.metaKey) { event.preventDefault(); deed(); }
    });
    element("nearer").addEventListener("click", () => zoom(0.6));
    element("farther").addEventListener("click", () => zoom(1.6));
    element("whole").addEventListener("click", seeWhole);
  }

  fillScopes();
  explorer.hidden = false;
  document.documentElement.classList.add("explored");
  document.querySelectorAll(".hint[hidden]").forEach((hint) => { hint.hidden = false; });
  setScene(scoped()[0]);
  refresh();
  listen();
  followHash();
})();
