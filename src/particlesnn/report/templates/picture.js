"use strict";
// The picture of one scan: its contours as lines, nearer or farther, and which particle lies where. Particles are known
// here by their place "i" in the lists of the scan. Lengths are units of the figure, on screen px = units / view.u.
const COLOURS = { network: "#1fe5ff", refined: "#7dff5a", human: "#ff5cf4", baseline: "#cdbfff" };
const HALO = "rgb(22 8 3 / 60%)", ACTIVE = "#2f7bff";
const MOST_HALOS = 4000, TINY_PX = 4, MOST_ZOOM = 60, NEAR_PX = 12, DRAG_PX = 4;

function readOutline(d, origin) {
  const numbers = d.match(/-?\d+/g).map(Number), points = [numbers.slice(0, 2)];
  for (let i = 2; i + 1 < numbers.length; i += 2) {
    const [x, y] = points[points.length - 1];
    points.push([x + numbers[i], y + numbers[i + 1]]);
  }
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  return { origin, points, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] };
}

function holds({ points, box: [left, top, right, bottom] }, x, y) {
  if (x < left || x > right || y < top || y > bottom) return false;
  let inside = false; // how often a ray to the right crosses the outline
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[x1, y1], [x2, y2]] = [points[i], points[j]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

// pick(i, more) is called for a click, -1 where no particle is; hover(i, x, y) with px from the corner of the stage.
// Contours are drawn on two sheets over the picture, all and marked ones, so that pointing at one draws one.
function makePicture(stage, sheets, ruler, { pick, hover }) {
  const NOTHING = { chosen: [], active: [], under: [] };
  let scan = null, outlines = [], listed = [], marked = NOTHING, view = { x: 0, y: 0, u: 1 };

  function show(next, figure) {
    scan = next;
    const image = stage.querySelector("image");
    image.setAttribute("href", figure.querySelector("image").getAttribute("href"));
    image.setAttribute("width", scan.size[0]);
    image.setAttribute("height", scan.size[1]);
    stage.setAttribute("aria-label", `Scan ${scan.name} with the contours of its particles`);
    const byId = new Map();
    for (const path of figure.querySelectorAll("path[data-ids]")) {
      const origin = path.parentNode.id.split("-").pop(), ids = path.dataset.ids.split(" ");
      const parts = path.getAttribute("d").split("z").slice(0, -1);
      parts.forEach((d, n) => byId.set(Number(ids[n]), readOutline(d, origin)));
    }
    outlines = scan.ids.map((id) => byId.get(id));
    [listed, marked] = [[], NOTHING];
    seeWhole();
  }

  function draw(list) {
    listed = list;
    redraw();
  }

  function mark(chosen, active, under) {
    marked = { chosen, active, under: under < 0 ? [] : [under] };
    drawMarked();
  }

  let waiting = false;
  function redraw() { // once a frame, however often it is asked for
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; drawAll(); drawMarked(); });
  }

  function sheet(n) {
    const [wide, high] = frame(), ratio = devicePixelRatio || 1, canvas = sheets[n], pen = canvas.getContext("2d");
    [canvas.width, canvas.height] = [Math.round(wide * ratio), Math.round(high * ratio)];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.lineJoin = "round";
    return pen;
  }

  function drawAll() {
    const pen = sheet(0), within = new Set(listed);
    const inSight = outlines.map((_, i) => i).filter(seen), shown = inSight.filter((i) => within.has(i));
    pen.setLineDash([2, 3]);
    trace(pen, inSight.filter((i) => !within.has(i)), "rgb(255 255 255 / 40%)", 1);
    pen.setLineDash([]);
    if (shown.length < MOST_HALOS) trace(pen, shown, HALO, 3.2);
    Object.entries(COLOURS).forEach(([origin, colour]) =>
      trace(pen, shown.filter((i) => outlines[i].origin === origin), colour, 1.5));
  }

  function drawMarked() {
    const pen = sheet(1), chosen = marked.chosen.filter(seen);
    pen.fillStyle = "rgb(255 255 255 / 18%)";
    trace(pen, chosen, HALO, 6, true);
    trace(pen, chosen, "#fff", 3);
    if (chosen.length > 1) trace(pen, marked.active.filter(seen), ACTIVE, 4);
    trace(pen, marked.under.filter(seen), "#fff", 2);
  }

  function seen(i) {
    if (!outlines[i]) return false;
    const [left, top, right, bottom] = outlines[i].box, [wide, high] = frame().map((px) => (px * view.u) / 2);
    return right > view.x - wide && left < view.x + wide && bottom > view.y - high && top < view.y + high;
  }

  function trace(pen, list, colour, width, fill = false) {
    const [wide, high] = frame(), left = view.x - (wide * view.u) / 2, top = view.y - (high * view.u) / 2;
    [pen.strokeStyle, pen.lineWidth] = [colour, width];
    for (let first = 0; first < list.length; first += 50) { // many short paths are drawn far sooner than a long one
      pen.beginPath();
      for (const i of list.slice(first, first + 50)) {
        const { points, box } = outlines[i], size = (box[2] - box[0]) / view.u;
        if (size < TINY_PX) {
          pen.rect((box[0] - left) / view.u, (box[1] - top) / view.u, size, (box[3] - box[1]) / view.u);
          continue;
        }
        points.forEach(([x, y], n) => pen[n ? "lineTo" : "moveTo"]((x - left) / view.u, (y - top) / view.u));
        pen.closePath();
      }
      if (fill) pen.fill();
      pen.stroke();
    }
  }

  const frame = () => [Math.max(stage.clientWidth, 1), Math.max(stage.clientHeight, 1)];
  const widest = () => Math.max(scan.size[0] / frame()[0], scan.size[1] / frame()[1]);

  function look(x, y, u) {
    if (!scan) return;
    const most = widest(), [wide, high] = frame();
    u = Math.min(Math.max(u, most / MOST_ZOOM), most);
    const inside = (at, whole, seen) => seen >= whole ? whole / 2 : Math.min(Math.max(at, seen / 2), whole - seen / 2);
    view = { x: inside(x, scan.size[0], wide * u), y: inside(y, scan.size[1], high * u), u };
    stage.setAttribute("viewBox", `${view.x - (wide * u) / 2} ${view.y - (high * u) / 2} ${wide * u} ${high * u}`);
    stage.style.touchAction = u < most ? "none" : "pan-y"; // the whole picture must not hold the page
    measure(Math.min(wide * u, scan.size[0]));
    redraw();
  }
  const seeWhole = () => look(0, 0, Infinity);
  const zoom = (factor, x = view.x, y = view.y) =>
    look(x + (view.x - x) * factor, y + (view.y - y) * factor, view.u * factor);

  function measure(width) { // a bar of 1, 2 or 5 times a power of ten, a quarter of the picture at most
    ruler.hidden = scan.scale === null;
    if (scan.scale === null) return;
    const limit = 0.25 * width * scan.scale, power = 10 ** Math.floor(Math.log10(limit));
    const length = [5, 2, 1].map((step) => step * power).find((step) => step <= limit) ?? power;
    const round = (value) => Number(value.toPrecision(1));
    ruler.firstElementChild.textContent = length >= 1000 ? `${round(length / 1000)} µm` : `${round(length)} nm`;
    ruler.lastElementChild.style.width = `${length / scan.scale / view.u}px`;
  }

  function lookAt(i) { // a particle is brought to the middle, and nearer only where it would be too small or large
    if (!outlines[i]) return;
    const [left, top, right, bottom] = outlines[i].box;
    const fit = (7 * Math.max(right - left, bottom - top, 1)) / Math.min(...frame());
    look((left + right) / 2, (top + bottom) / 2, view.u > 1.6 * fit || view.u < fit / 3 ? fit : view.u);
  }

  const place = (event) => {
    const box = stage.getBoundingClientRect(), [wide, high] = frame();
    return [event.clientX - box.left - wide / 2, event.clientY - box.top - high / 2].map((px) => px * view.u);
  };
  const at = (event) => { const [x, y] = place(event); return [x + view.x, y + view.y]; };

  function particleAt([x, y]) { // the one around the point, else the nearest centre
    const around = listed.find((i) => outlines[i] && holds(outlines[i], x, y));
    if (around !== undefined) return around;
    let [best, nearest] = [-1, NEAR_PX * view.u];
    for (const i of listed) {
      if (!outlines[i]) continue;
      const [left, top, right, bottom] = outlines[i].box;
      const off = Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2);
      if (off < nearest) [best, nearest] = [i, off];
    }
    return best;
  }

  let held = null;
  stage.addEventListener("pointerdown", ({ clientX: x, clientY: y }) => { held = { x, y, view, far: false }; });
  stage.addEventListener("pointermove", (event) => {
    if (held && event.buttons) {
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      if (!held.far && Math.hypot(dx, dy) > DRAG_PX) {
        held.far = true;
        stage.setPointerCapture(event.pointerId);
        stage.classList.add("held");
      }
      if (held.far) look(held.view.x - dx * view.u, held.view.y - dy * view.u, view.u);
      return;
    }
    const box = stage.getBoundingClientRect();
    hover(particleAt(at(event)), event.clientX - box.left, event.clientY - box.top);
  });
  stage.addEventListener("pointerleave", () => hover(-1, 0, 0));
  stage.addEventListener("click", (event) => {
    const dragged = held?.far;
    held = null;
    stage.classList.remove("held");
    if (!dragged) pick(particleAt(at(event)), event.ctrlKey || event.metaKey);
  });
  stage.addEventListener("dblclick", (event) => zoom(0.5, ...at(event)));
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // a turn of the wheel alone scrolls the page
    event.preventDefault();
    zoom(Math.exp(event.deltaY / 300), ...at(event));
  }, { passive: false });
  stage.addEventListener("keydown", (event) => {
    const step = 40 * view.u, { x, y, u } = view;
    const deed = {
      ArrowLeft: () => look(x - step, y, u), ArrowRight: () => look(x + step, y, u),
      ArrowUp: () => look(x, y - step, u), ArrowDown: () => look(x, y + step, u),
      "+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1.4), 0: seeWhole, Escape: () => pick(-1, false),
    }[event.key];
    if (!deed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    deed();
  });
  new ResizeObserver(() => { if (scan) look(view.x, view.y, view.u); }).observe(stage);

  return { show, draw, mark, lookAt, seeWhole, zoom };
}
