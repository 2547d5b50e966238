// Tools on the tiled map: an area is drawn over it, or taken from what it shows. `map_view.js` knows where it looks;
// where that can't be read, drawing is off and a line says so. Every text is set as text, never as HTML.
const SVG = "http://www.w3.org/2000/svg";
const SETTLED_MS = 250;
const PATIENCE_MS = 8000;
const NEAR_PX = 12;
const STILL_PX = 5;
const DOUBLE_MS = 350;

// Of `map_view.js`, which comes with the first call: both are files with a version in their address.
let view = null;
let known = null;
let area = [];
let soughtSince = 0;
const drawing = { mode: "", points: [], cursor: null, down: null, lastTap: 0, isSent: false };
let mounted = null;
let frame = 0;

// --- areas as texts ----------------------------------------------------------------------------------------
function areaText(points, isBox) {
  const pair = (point) => `${view.short(point[0], 5)}_${view.short(point[1], 5)}`;
  if (!isBox) return `poly_${points.map(pair).join("_")}`;
  const lons = points.map((p) => p[0]);
  const lats = points.map((p) => p[1]);
  return `box_${pair([Math.min(...lons), Math.min(...lats)])}_${pair([Math.max(...lons), Math.max(...lats)])}`;
}

function corners(from, to) {
  const viewport = known.viewport;
  const [[x0, y0], [x1, y1]] = [viewport.project(from), viewport.project(to)];
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map((pixel) => viewport.unproject(pixel).slice(0, 2));
}

function send(points, isBox) {
  drawing.points = points;
  drawing.isSent = true;
  stopDrawing();
  mounted.setTriggerValue("drawn", areaText(points, isBox));
}

function takeView() {
  if (!known.viewport) return;
  const { width, height } = known.viewport;
  const pixels = [[0, height], [width, height], [width, 0], [0, 0]];
  send(pixels.map((p) => known.viewport.unproject(p).slice(0, 2)), view.isLevel(known.viewport));
}

// --- drawing -------------------------------------------------------------------------------------------------
function overlay() {
  const { canvas } = known.map;
  const host = canvas.parentElement;
  let svg = host.querySelector("svg.atlas-area");
  if (svg) return svg;
  svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "atlas-area");
  svg.setAttribute("aria-hidden", "true");
  Object.assign(svg.style, {
    position: "absolute", inset: "0", width: "100%", height: "100%",
    pointerEvents: "none", touchAction: "none", cursor: "crosshair",
  });
  const node = (tag, attributes) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    svg.appendChild(made);
  };
  node("path", { class: "shade", fill: "#ffffff", "fill-opacity": "0.5", "fill-rule": "evenodd" });
  const line = { fill: "none", "stroke-linejoin": "round" };
  node("path", { ...line, class: "halo", stroke: "#ffffff", "stroke-width": "5", "stroke-opacity": "0.85" });
  node("path", { ...line, class: "edge", stroke: "#b42318", "stroke-width": "2.5" });
  node("path", { class: "dots", fill: "#ffffff", stroke: "#b42318", "stroke-width": "2" });
  for (const [name, heard] of [["pointerdown", pressed], ["pointermove", moved], ["pointerup", released]]) {
    svg.addEventListener(name, heard);
  }
  svg.addEventListener("pointercancel", (event) => { event.stopPropagation(); drawing.down = null; });
  for (const name of ["click", "dblclick", "mousedown", "mousemove", "mouseup", "mouseenter", "mouseover", "mouseleave",
    "pointerover", "pointerenter", "touchstart", "touchmove", "touchend"]) {
    svg.addEventListener(name, (event) => event.stopPropagation());
  }
  host.insertBefore(svg, canvas.nextSibling);
  return svg;
}

// On the map, so that nothing below the buttons moves when drawing begins.
function hintOnMap(text) {
  const host = known.map.canvas.parentElement;
  let chip = host.querySelector("p.atlas-hint");
  if (!chip) {
    chip = document.createElement("p");
    chip.className = "atlas-hint";
    chip.setAttribute("role", "status");
    Object.assign(chip.style, {
      position: "absolute", left: "8px", top: "8px", maxWidth: "calc(100% - 60px)", margin: "0", padding: "4px 8px",
      font: "13px/1.4 var(--st-font, sans-serif)", color: "#1f2937", background: "rgba(255, 255, 255, 0.94)",
      borderRadius: "4px", boxShadow: "0 1px 3px rgba(0, 0, 0, 0.3)", pointerEvents: "none",
    });
    overlay().after(chip);
  }
  if (chip.textContent !== text) chip.textContent = text;
  chip.style.display = text ? "" : "none";
}

function pixelOf(event) {
  const box = known.map.canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function groundAt(event) {
  return known.viewport.unproject(pixelOf(event)).slice(0, 2);
}

function distance(event, point) {
  const [x, y] = pixelOf(event);
  const [px, py] = known.viewport.project(point);
  return Math.hypot(x - px, y - py);
}

function pressed(event) {
  event.stopPropagation();
  if (!drawing.mode || !known.viewport || !event.isPrimary || event.button > 0) return;
  event.preventDefault();
  drawing.down = pixelOf(event);
  event.currentTarget.setPointerCapture(event.pointerId);
  if (drawing.mode === "box" && !drawing.points.length) drawing.points = [groundAt(event)];
  drawing.cursor = groundAt(event);
  redraw();
}

function moved(event) {
  event.stopPropagation();
  if (!drawing.mode || !known.viewport || !event.isPrimary) return;
  if (drawing.points.length) {
    drawing.cursor = groundAt(event);
    redraw();
  }
}

function released(event) {
  event.stopPropagation();
  if (!drawing.mode || !drawing.down || !known.viewport) return;
  drawing.down = null;
  if (drawing.mode === "box") {
    // A drag ends here; after a mere click the next one is the opposite corner.
    if (distance(event, drawing.points[0]) < STILL_PX) return;
    send(corners(drawing.points[0], groundAt(event)), view.isLevel(known.viewport));
    return;
  }
  const { points } = drawing;
  const isAgain = points.length > 0 && distance(event, points[points.length - 1]) < STILL_PX
    && event.timeStamp - drawing.lastTap < DOUBLE_MS;
  drawing.lastTap = event.timeStamp;
  if (points.length > 2 && (isAgain || distance(event, points[0]) < NEAR_PX)) {
    send(points, false);
    return;
  }
  if (!isAgain && points.length < mounted.data.most_points) points.push(groundAt(event));
  redraw();
  showControls();
}

function startDrawing(mode) {
  const isSame = drawing.mode === mode;
  stopDrawing();
  if (isSame || !known.map) {
    showControls();
    return;
  }
  Object.assign(drawing, { mode, points: [], cursor: null, down: null, isSent: false });
  overlay().style.pointerEvents = "auto";
  redraw();
  showControls();
}

function stopDrawing() {
  drawing.mode = "";
  drawing.cursor = null;
  drawing.down = null;
  if (!drawing.isSent) drawing.points = [];
  if (known.map) overlay().style.pointerEvents = "none";
  redraw();
  showControls();
}

function finish() {
  if (drawing.mode === "poly" && drawing.points.length > 2) send(drawing.points, false);
}

function typed(event) {
  if (!drawing.mode) return;
  const isWriting = event.composedPath()[0] instanceof HTMLInputElement;
  if (event.key === "Escape") {
    stopDrawing();
  } else if (isWriting) {
    return;
  } else if (event.key === "Enter" && drawing.points.length > 2 && drawing.mode === "poly") {
    finish();
  } else if (event.key === "Backspace" && drawing.mode === "poly" && drawing.points.length) {
    drawing.points.pop();
    redraw();
    showControls();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function ringNow() {
  const { mode, points, cursor, isSent } = drawing;
  if (isSent) return { ring: points, isClosed: true };
  if (mode === "box") return { ring: points.length && cursor ? corners(points[0], cursor) : [], isClosed: true };
  if (mode === "poly") return { ring: cursor && points.length ? [...points, cursor] : points, isClosed: false };
  return { ring: area, isClosed: true };
}

function redraw() {
  if (!known.map || !known.viewport) return;
  const svg = overlay();
  const { ring, isClosed } = ringNow();
  const pixels = ring.map((point) => known.viewport.project(point));
  const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const outline = pixels.length > 1 ? `M${pixels.map(at).join("L")}${isClosed ? "Z" : ""}` : "";
  const { width, height } = known.viewport;
  const dots = drawing.mode
    ? drawing.points.map((p) => known.viewport.project(p))
        .map(([x, y]) => `M${at([x - 4, y])}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z`).join("")
    : "";
  svg.querySelector(".shade").setAttribute(
    "d", isClosed && outline && !drawing.mode ? `M0 0H${width}V${height}H0Z${outline}` : "");
  svg.querySelector(".halo").setAttribute("d", outline);
  svg.querySelector(".edge").setAttribute("d", outline);
  svg.querySelector(".dots").setAttribute("d", dots);
}

// --- the buttons -----------------------------------------------------------------------------------------------
function showControls() {
  if (!mounted) return;
  const { root, data } = mounted;
  const isLost = !known.map && soughtSince > 0 && performance.now() - soughtSince > PATIENCE_MS;
  const { mode, points } = drawing;
  for (const button of root.querySelectorAll("button")) {
    const name = button.dataset.tool;
    button.disabled = name === "clear" ? !data.area && !mode : !known.map;
    // One takes the other's place, so that no line of buttons breaks and the map stays where it is.
    if (name === "finish") button.disabled = points.length < 3;
    if (name === "finish" || name === "view") button.hidden = (name === "finish") !== (mode === "poly");
    if (name === "box" || name === "poly") button.setAttribute("aria-pressed", String(mode === name));
  }
  const line = root.querySelector(".hint");
  line.textContent = isLost ? data.labels.off : "";
  line.hidden = !isLost;
  if (known.map) hintOnMap(mode ? data.labels[`hint_${mode}`] : "");
}

function build(root, data) {
  const act = {
    box: () => startDrawing("box"),
    poly: () => startDrawing("poly"),
    view: takeView,
    finish,
    clear: () => {
      drawing.isSent = false;
      stopDrawing();
      if (mounted.data.area) mounted.setTriggerValue("cleared", true);
    },
  };
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", data.labels.bar);
  const title = document.createElement("span");
  title.textContent = data.labels.bar;
  bar.appendChild(title);
  for (const name of ["box", "poly", "view", "finish", "clear"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.tool = name;
    button.textContent = data.labels[name];
    button.title = data.labels[`${name}_help`] || data.labels[name];
    button.onclick = act[name];
    bar.appendChild(button);
  }
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.setAttribute("role", "status");
  root.replaceChildren(bar, hint);
}

// --- the page's frame -------------------------------------------------------------------------------------------
function tick(now) {
  frame = requestAnimationFrame(tick);
  const before = known.map;
  view.seek();
  if (before !== known.map) {
    if (!known.map) drawing.mode = "";
    showControls();
  }
  if (!known.map) {
    if (!soughtSince) soughtSince = now;
    if (now - soughtSince > PATIENCE_MS && mounted && !mounted.isLost) {
      mounted.isLost = true;
      showControls();
    }
    return;
  }
  soughtSince = 0;
  try {
    if (view.follow(now)) redraw();
  } catch (fault) {
    view.forget();
  }
}

function takeDown() {
  stopDrawing();
  cancelAnimationFrame(frame);
  frame = 0;
  window.removeEventListener("keydown", typed, true);
  window.removeEventListener("pointerdown", view.endFlight, true);
  window.removeEventListener("wheel", view.endFlight, true);
  view.forget();
  area = [];
}

export default function (component, viewModule) {
  view = viewModule;
  known = view.known;
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".tools");
  if (!mounted || mounted.root !== root || mounted.data.lang !== data.lang) build(root, data);
  const mine = { root, data, setTriggerValue, isLost: false };
  mounted = mine;
  area = data.ring;
  known.path = location.pathname;
  if (drawing.isSent) Object.assign(drawing, { isSent: false, points: [] });
  if (!frame) {
    soughtSince = 0;
    window.addEventListener("keydown", typed, true);
    window.addEventListener("pointerdown", view.endFlight, true);
    window.addEventListener("wheel", view.endFlight, { capture: true, passive: true });
    frame = requestAnimationFrame(tick);
  }
  redraw();
  showControls();
  return () => {
    // Streamlit also ends a component to start it anew with other data: only what stays ended is taken down.
    if (mounted !== mine) return;
    mounted = null;
    setTimeout(() => { if (!mounted) takeDown(); }, SETTLED_MS);
  };
}
