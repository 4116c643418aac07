// Links the table of particles with the picture of a scan, the histogram and the filters. Nothing is fetched, and
// nothing is kept: numbers come from the page's own data, contours from the paths of its figures. A particle goes by
// its number "g" through all scans. Without this script the page is whole, but for the table.
(() => {
  const element = (id) => document.getElementById(id);
  const { kinds, scans } = JSON.parse(element("data").textContent);
  const [explorer, listing, tip, scope, only] = ["particles", "listing", "tip", "scope", "only"].map(element);
  const [head, body] = [listing.querySelector("thead"), listing.querySelector("tbody")];
  const bars = [...document.querySelectorAll(".chart rect")];
  const FILTERS = ["from-0", "to-0", "from-1", "to-1", "score", "border"], SPARE_ROWS = 12;

  // ---- the particles -------------------------------------------------------------------------------------------
  let total = 0;
  scans.forEach((scan) => { scan.start = total; total += scan.ids.length; });
  const scanOf = new Uint32Array(total);
  scans.forEach((scan, s) => scanOf.fill(s, scan.start, scan.start + scan.ids.length));
  const of = (g, list) => { const scan = scans[scanOf[g]]; return list(scan)[g - scan.start]; };
  const quantity = (g, c) => of(g, (scan) => scan.values[c]);
  const [idOf, scoreOf, borderOf] = ["ids", "scores", "border"].map((name) => (g) => of(g, (scan) => scan[name]));

  const written = (value) => {
    if (value === null) return "—";
    if (value === 0) return "0";
    const size = Math.floor(Math.log10(Math.abs(value)));
    return size > 6 || size < -4 ? value.toExponential(2) : value.toFixed(Math.max(2 - size, 0));
  };
  const figures = (g, name) => kinds[scans[scanOf[g]].kind].columns.slice(0, 2)
    .map((column, c) => `${column[name]} ${written(quantity(g, c))} ${column.unit}`);

  // ---- what is chosen, and what is looked at -----------------------------------------------------------------------
  let rows = [], chosen = new Set(), active = -1, columns = [], order = { column: 0, falling: false };
  let scene = -1, under = -1;

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

  // ---- the table ---------------------------------------------------------------------------------------------------
  function columnsOf(kind) {
    const plain = (label, meaning, get, text) => ({ label, unit: "", meaning, get, text });
    const measured = kinds[kind].columns.map((column, c) => ({
      label: `${column.name} ${column.symbol}`, unit: column.unit, meaning: column.meaning,
      get: (g) => quantity(g, c), text: (g) => written(quantity(g, c)),
    }));
    const image = { ...plain("Image", "The scan", (g) => scanOf[g], (g) => scans[scanOf[g]].name), name: true };
    return [
      ...(scope.value[0] === "k" ? [image] : []),
      plain("No.", "Number of the particle on its scan", idOf, (g) => String(idOf(g))),
      ...measured.slice(0, 2),
      plain("score", "How sure the network is, 0 to 1", scoreOf, (g) => scoreOf(g)?.toFixed(2) ?? "—"),
      plain("border", "Touches the border of the scan", borderOf, (g) => (borderOf(g) ? "yes" : "")),
      ...measured.slice(2),
    ];
  }

  function drawHead() {
    const line = document.createElement("tr");
    line.setAttribute("aria-rowindex", "1");
    columns.forEach((column, c) => {
      const [cell, button, unit] = ["th", "button", "small"].map((tag) => document.createElement(tag));
      const ours = c === order.column;
      cell.scope = "col";
      cell.setAttribute("aria-sort", ours ? (order.falling ? "descending" : "ascending") : "none");
      button.type = "button";
      button.title = column.meaning;
      button.tabIndex = ours ? 0 : -1; // one stop of Tab, then arrow keys
      unit.textContent = column.unit || "\u00a0";
      button.append(column.label, ours ? (order.falling ? " ▾" : " ▴") : "", unit);
      button.addEventListener("click", () => {
        order = { column: c, falling: ours && !order.falling };
        refresh();
        head.querySelectorAll("button")[c].focus();
      });
      cell.append(button);
      line.append(cell);
    });
    head.replaceChildren(line);
  }

  let rowPx = 28; // measured anew with each drawing
  function drawRows() { // only those in sight, between two gaps as high as all others
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
      line.setAttribute("aria-current", g === active);
      for (const column of columns) {
        const cell = line.insertCell();
        cell.textContent = column.text(g);
        if (column.name) [cell.className, cell.title] = ["name", cell.textContent];
      }
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
    const at = rows.indexOf(g), room = listing.clientHeight - head.offsetHeight;
    if (at < 0) return;
    if (at * rowPx < listing.scrollTop) listing.scrollTop = at * rowPx;
    else if ((at + 1) * rowPx > listing.scrollTop + room) listing.scrollTop = (at + 1) * rowPx - room;
  }

  // ---- filters -----------------------------------------------------------------------------------------------------
  function passes() {
    const [from0, to0, from1, to1, least, border] = FILTERS.map((id) => element(id).value)
      .map((value) => (value === "" ? null : Number(value)));
    const within = (value, from, to) =>
      (from === null && to === null) || (value !== null && value >= (from ?? -Infinity) && value <= (to ?? Infinity));
    return (g) => within(quantity(g, 0), from0, to0) && within(quantity(g, 1), from1, to1)
      && within(scoreOf(g), least, null) && (border === null || borderOf(g) === border)
      && (!only.checked || chosen.has(g));
  }

  function refresh() {
    const within = scoped(), kind = scans[within[0]].kind;
    columns = columnsOf(kind);
    if (order.column >= columns.length) order = { column: 0, falling: false };
    [0, 1].forEach((c) => { element(`unit-${c}`).textContent = kinds[kind].columns[c].unit; });
    const keep = passes(), { get } = columns[order.column], sign = order.falling ? -1 : 1;
    rows = within.flatMap((s) => scans[s].ids.map((_, i) => scans[s].start + i)).filter(keep).sort((a, b) => {
      const [one, other] = [get(a), get(b)];
      if (one === null || other === null) return (one === null) - (other === null); // unknown ones last
      return sign * (one - other) || a - b;
    });
    element("before").disabled = scene <= 0;
    element("after").disabled = scene >= scans.length - 1;
    drawHead();
    drawRows();
    drawPicture();
    tell();
  }

  function tell() {
    const whole = scoped().reduce((sum, s) => sum + scans[s].ids.length, 0);
    const which = active < 0 ? "" :
      ` Particle ${idOf(active)} of ${scans[scanOf[active]].name}: ${figures(active, "name").join(", ")}.`;
    element("status").textContent = `${rows.length} of ${whole} particles shown, ${chosen.size} selected.${which}`;
  }

  // ---- the picture -------------------------------------------------------------------------------------------------
  const picture = makePicture(element("stage"), [element("all"), element("marked")], element("ruler"), {
    pick: (i, more) => { if (i >= 0) choose(scans[scene].start + i, { more, go: false }); else if (!more) release(); },
    hover: (i, x, y) => {
      if (i !== under) { under = i; drawMarks(); }
      tip.hidden = i < 0;
      if (i < 0) return;
      tip.textContent = [`No. ${scans[scene].ids[i]}`, ...figures(scans[scene].start + i, "symbol")].join(" · ");
      tip.style.left = `${Math.max(Math.min(x + 14, tip.parentElement.clientWidth - tip.offsetWidth - 4), 0)}px`;
      tip.style.top = `${Math.max(y - 32, 2)}px`;
    },
  });
  const here = (list) => list.filter((g) => scanOf[g] === scene).map((g) => g - scans[scene].start);
  const drawMarks = () => picture.mark(here([...chosen]), here([active]), under);
  const drawPicture = () => { picture.draw(here(rows)); drawMarks(); };

  function setScene(s) {
    if (s === scene) return;
    [scene, under, tip.hidden] = [s, -1, true];
    picture.show(scans[s], element(scans[s].figure));
  }

  // ---- choosing ----------------------------------------------------------------------------------------------------
  let pressed = new Set(); // the particles of the bar that is pressed
  function press(bar) {
    pressed = new Set(bar ? chosen : []);
    bars.forEach((each) => each.setAttribute("aria-pressed", each === bar));
  }

  function choose(g, { more = false, go = true } = {}) {
    if (!more && !(only.checked && chosen.has(g))) chosen = new Set([g]); // one of many is looked at, all stay selected
    else if (more && !chosen.delete(g)) chosen.add(g);
    active = g;
    if (chosen.size !== pressed.size || ![...chosen].every((each) => pressed.has(each))) press(null);
    if (scanOf[g] !== scene) {
      setScene(scanOf[g]);
      drawPicture();
    }
    if (go) picture.lookAt(g - scans[scene].start);
    reveal(g);
    drawRows();
    drawMarks();
    tell();
    try { // so that the address names the particle, and can be sent to somebody with the file
      history.replaceState(null, "", `#particle-${scans[scene].figure.replace("image-", "")}-${idOf(g)}`);
    } catch { /* a viewer without a history */ }
  }

  function release() {
    [chosen, active, only.checked] = [new Set(), -1, false];
    press(null);
    refresh();
  }

  function clearFilters() {
    FILTERS.forEach((id) => { element(id).value = ""; });
    only.checked = false;
  }

  function open(s) {
    scope.value = `s${s}`;
    setScene(s);
    listing.scrollTop = 0;
    release();
  }

  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const toExplorer = () => explorer.scrollIntoView({ behavior: calm ? "auto" : "smooth" });

  function chooseBar(bar) {
    if (bar.getAttribute("aria-pressed") === "true") {
      release();
      return;
    }
    const [k, b] = [Number(bar.dataset.kind), Number(bar.dataset.bin)];
    clearFilters();
    scope.value = `k${k}`;
    if (scope.value === "") scope.value = `s${scans.findIndex((scan) => scan.kind === k)}`;
    const inBar = (scan) => scan.bins.map((bin, i) => (bin === b ? scan.start + i : -1)).filter((g) => g >= 0);
    chosen = new Set(scans.filter((scan) => scan.kind === k).flatMap(inBar));
    [only.checked, active] = [chosen.size > 0, -1];
    if (!here([...chosen]).length) setScene(chosen.size ? scanOf[[...chosen][0]] : scoped()[0]);
    picture.seeWhole();
    listing.scrollTop = 0;
    refresh();
    press(bar);
    toExplorer();
  }

  function followAddress() {
    const [, figure, id] = /^#particle-(\d+)-(\d+)$/.exec(location.hash) ?? [];
    const s = scans.findIndex((scan) => scan.figure === `image-${figure}`);
    const i = s < 0 ? -1 : scans[s].ids.indexOf(Number(id));
    if (i < 0) return;
    clearFilters();
    open(s);
    choose(scans[s].start + i);
    toExplorer();
  }

  // ---- what the user does ------------------------------------------------------------------------------------------
  function listenToControls() {
    scope.addEventListener("change", () => {
      const within = scoped();
      if (!within.includes(scene)) setScene(within[0]);
      listing.scrollTop = 0;
      release();
    });
    const clicks = {
      before: () => open(scene - 1), after: () => open(scene + 1), clear: () => { clearFilters(); release(); },
      nearer: () => picture.zoom(0.6), farther: () => picture.zoom(1.6), whole: picture.seeWhole,
    };
    Object.entries(clicks).forEach(([id, deed]) => element(id).addEventListener("click", deed));
    [...FILTERS, "only"].forEach((id) => element(id).addEventListener("input", refresh));
    addEventListener("hashchange", followAddress);
    document.addEventListener("click", (event) => { // a link to a figure opens it here instead
      const link = event.target.closest("a[href^='#image-']");
      const s = link ? scans.findIndex((scan) => `#${scan.figure}` === link.getAttribute("href")) : -1;
      if (s < 0) return;
      event.preventDefault();
      open(s);
      toExplorer();
    });
  }

  function listenToTable() {
    let waiting = false;
    listing.addEventListener("scroll", () => {
      if (!waiting) requestAnimationFrame(() => { waiting = false; drawRows(); });
      waiting = true;
    });
    new ResizeObserver(drawRows).observe(listing);
    body.addEventListener("click", (event) => {
      const line = event.target.closest("tr[data-g]");
      if (!line) return;
      line.focus({ preventScroll: true });
      choose(Number(line.dataset.g), { more: event.ctrlKey || event.metaKey });
    });
    listing.addEventListener("keydown", (event) => {
      if (event.key === "Escape") release();
      if (head.contains(event.target)) {
        const buttons = [...head.querySelectorAll("button")], from = buttons.indexOf(event.target);
        buttons[from + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? NaN)]?.focus();
        return;
      }
      if (!rows.length) return;
      const page = Math.max(1, Math.floor(listing.clientHeight / rowPx) - 2);
      const at = active < 0 ? rows.indexOf(Number(event.target.dataset.g)) - 1 : rows.indexOf(active);
      const to = {
        ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1,
        Enter: active < 0 ? at + 1 : at, " ": active < 0 ? at + 1 : at,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(rows[Math.min(Math.max(to, 0), rows.length - 1)]);
    });
  }

  function listenToBars() {
    bars.forEach((bar, i) => {
      bar.setAttribute("role", "button");
      bar.setAttribute("aria-label", bar.textContent);
      bar.tabIndex = i && bars[i - 1].dataset.kind === bar.dataset.kind ? -1 : 0; // one stop of Tab, then arrow keys
      bar.addEventListener("click", () => chooseBar(bar));
      bar.addEventListener("keydown", (event) => {
        const next = bars[i + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? NaN)];
        if (next?.dataset.kind === bar.dataset.kind) {
          [bar.tabIndex, next.tabIndex] = [-1, 0];
          next.focus();
        }
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        chooseBar(bar);
      });
    });
  }

  fillScopes();
  explorer.hidden = false;
  document.documentElement.classList.add("explored");
  document.querySelectorAll(".hint[hidden]").forEach((hint) => { hint.hidden = false; });
  setScene(scoped()[0]);
  press(null);
  listenToControls();
  listenToTable();
  listenToBars();
  refresh();
  followAddress();
})();
