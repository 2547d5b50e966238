// Tools on the tiled map: an area is drawn over it, and the address says where it looks.
// deck.gl's view is read from the page's own React tree; where that is not found, drawing is off and a line says so.
// Every text is set as text, never as HTML.
const SVG = "http://www.w3.org/2000/svg";
const CHART = '[data-testid="stDeckGlJsonChart"]';
const PLACE = /^#(\d{1,2}(?:\.\d+)?)\/(-?\d{1,2}(?:\.\d+)?)\/(-?\d{1,3}(?:\.\d+)?)(?:\/(-?\d{1,3}(?:\.\d+)?)\/(\d{1,2}(?:\.\d+)?))?$/;
const LEAST_ZOOM = 7;
const MOST_ZOOM = 19;
const SETTLED_MS = 250;
const PATIENCE_MS = 8000;
const FLIGHT_MS = 4000;
const NEAR_PX = 12;
const STILL_PX = 5;
const DOUBLE_MS = 350;

// One map a page: what the tools know outlives the runs of the page and its components.
const known = {
  map: null, viewport: null, wanted: "", hash: null, path: "", changedAt: 0, flight: null,
  area: [], soughtSince: 0, isFirst: true,
};
const drawing = { mode: "", points: [], cursor: null, down: null, lastTap: 0, isSent: false };
let mounted = null;
let frame = 0;

// --- the map behind the page -----------------------------------------------------------------------------
function deckOf(chart) {
  const canvas = chart.querySelector("canvas");
  const key = canvas && Object.keys(canvas).find((name) => name.startsWith("__reactFiber$"));
  let fiber = key ? canvas[key] : null;
  for (let up = 0; fiber && up < 20; up += 1, fiber = fiber.return) {
    const props = fiber.memoizedProps;
    if (!props || typeof props.onViewStateChange !== "function" || !props.viewState) continue;
    let hook = fiber.memoizedState;
    for (let n = 0; hook && n < 20; n += 1, hook = hook.next) {
      const held = hook.memoizedState && hook.memoizedState.current;
      const deck = held && held.deck;
      if (deck && typeof deck.getViewports === "function" && deck.isInitialized) {
        return { deck, canvas, move: props.onViewStateChange };
      }
    }
  }
  return null;
}

function viewportOf(map) {
  const viewport = map.deck.getViewports()[0];
  return viewport && typeof viewport.project === "function" && typeof viewport.unproject === "function"
    ? viewport
    : null;
}

function seek() {
  const chart = document.querySelector(CHART);
  if (known.map && (!chart || !chart.contains(known.map.canvas))) {
    known.map = null;
    known.viewport = null;
  }
  if (known.map || !chart) return;
  try {
    const found = deckOf(chart);
    if (found && viewportOf(found)) known.map = found;
  } catch (fault) {
    known.map = null;
  }
  if (!known.map) return;
  const wanted = placeIn(location.hash) || (known.isFirst ? placeOfArrival() : null);
  known.isFirst = false;
  if (wanted) fly(wanted);
}

// --- the place in the address ----------------------------------------------------------------------------
function placeIn(hash) {
  const parts = PLACE.exec(hash || "");
  if (!parts) return null;
  const [zoom, latitude, longitude] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (zoom < LEAST_ZOOM || zoom > MOST_ZOOM || Math.abs(latitude) > 85 || Math.abs(longitude) > 180) return null;
  const place = { zoom, latitude, longitude };
  if (parts[4] !== undefined) {
    place.bearing = Number(parts[4]);
    place.pitch = Math.min(60, Number(parts[5]));
  }
  return place;
}

// Streamlit completes the address before this script runs, and drops the fragment then.
function placeOfArrival() {
  const urls = performance.getEntriesByType("navigation").map((entry) => entry.name);
  if (window.navigation && typeof window.navigation.entries === "function") {
    urls.push(...window.navigation.entries().filter((entry) => entry.sameDocument).map((entry) => entry.url));
  }
  for (const text of urls) {
    const url = text ? new URL(text) : null;
    const place = url && url.pathname === location.pathname ? placeIn(url.hash) : null;
    if (place) return place;
  }
  return null;
}

function fly(place) {
  known.flight = { place, since: performance.now(), triedAt: 0, arrivedAt: 0 };
}

// A deck that is just being set up answers a move with its own first view: try until it stays.
function flyOn(now) {
  const { flight, viewport } = known;
  if (!flight) return;
  const { zoom, latitude, longitude } = flight.place;
  const isThere = Math.abs(viewport.zoom - zoom) < 0.01 && Math.abs(viewport.latitude - latitude) < 1e-4
    && Math.abs(viewport.longitude - longitude) < 1e-4;
  if (!isThere && now - flight.triedAt > 150) {
    Object.assign(flight, { triedAt: now, arrivedAt: 0 });
    known.map.move({ viewState: { ...known.map.deck.props.viewState, ...flight.place } });
  }
  if (isThere && !flight.arrivedAt) flight.arrivedAt = now;
  const isSettled = flight.arrivedAt && now - flight.arrivedAt > SETTLED_MS;
  if (isSettled || now - flight.since > FLIGHT_MS) known.flight = null;
}

// Whoever takes the map into the own hands ends the flight.
function endFlight(event) {
  if (known.map && event.composedPath().includes(known.map.canvas.parentElement)) known.flight = null;
}

function short(value, digits) {
  return String(Number(value.toFixed(digits)));
}

function hashOf(viewport) {
  const turned = Math.abs(viewport.bearing) >= 0.05 || viewport.pitch >= 0.05;
  const place = [short(viewport.zoom, 2), short(viewport.latitude, 5), short(viewport.longitude, 5)];
  if (turned) place.push(short(viewport.bearing, 1), short(viewport.pitch, 1));
  return `#${place.join("/")}`;
}

function keepAddress(now) {
  // Another page may already stand in the address while this one is being taken down.
  if (location.pathname !== known.path || known.flight || now - known.changedAt < SETTLED_MS) return;
  const here = location.hash;
  if (here === known.wanted) {
    known.hash = here;
    return;
  }
  const asked = placeIn(here);
  if (asked && known.hash !== null && here !== known.hash && known.wanted === known.hash) {
    known.hash = here; // someone typed another place, or went back to one
    fly(asked);
    return;
  }
  known.hash = known.wanted;
  history.replaceState(history.state, "", location.pathname + location.search + known.wanted);
}

// --- areas as texts ----------------------------------------------------------------------------------------
function isLevel(viewport) {
  return Math.abs(viewport.bearing) < 0.05 && viewport.pitch < 0.05;
}

function areaText(points, isBox) {
  const pair = (point) => `${short(point[0], 5)}_${short(point[1], 5)}`;
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
  send(pixels.map((p) => known.viewport.unproject(p).slice(0, 2)), isLevel(known.viewport));
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
    send(corners(drawing.points[0], groundAt(event)), isLevel(known.viewport));
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
  return { ring: known.area, isClosed: true };
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
  const isLost = !known.map && performance.now() - known.soughtSince > PATIENCE_MS;
  const { mode, points } = drawing;
  for (const button of root.querySelectorAll("button")) {
    const name = button.dataset.tool;
    button.disabled = name === "clear" ? !data.area && !mode : !known.map;
    button.hidden = name === "finish" ? !(mode === "poly" && points.length > 2) : false;
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
  seek();
  if (before !== known.map) {
    if (!known.map) drawing.mode = "";
    showControls();
  }
  if (!known.map) {
    if (!known.soughtSince) known.soughtSince = now;
    if (now - known.soughtSince > PATIENCE_MS && mounted && !mounted.isLost) {
      mounted.isLost = true;
      showControls();
    }
    return;
  }
  try {
    const viewport = viewportOf(known.map);
    if (viewport && viewport !== known.viewport) {
      const wanted = hashOf(viewport);
      if (wanted !== known.wanted) known.changedAt = now;
      Object.assign(known, { viewport, wanted });
      redraw();
    }
    if (known.viewport) {
      flyOn(now);
      keepAddress(now);
    }
  } catch (fault) {
    known.map = null;
    known.viewport = null;
    known.soughtSince = known.soughtSince || now;
  }
}

function takeDown() {
  stopDrawing();
  cancelAnimationFrame(frame);
  frame = 0;
  window.removeEventListener("keydown", typed, true);
  window.removeEventListener("pointerdown", endFlight, true);
  window.removeEventListener("wheel", endFlight, true);
  Object.assign(known, { map: null, viewport: null, wanted: "", hash: null, flight: null, area: [] });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".tools");
  if (!mounted || mounted.root !== root || mounted.data.lang !== data.lang) build(root, data);
  const mine = { root, data, setTriggerValue, isLost: false };
  mounted = mine;
  known.area = data.ring;
  known.path = location.pathname;
  if (drawing.isSent) Object.assign(drawing, { isSent: false, points: [] });
  if (!frame) {
    known.soughtSince = 0;
    window.addEventListener("keydown", typed, true);
    window.addEventListener("pointerdown", endFlight, true);
    window.addEventListener("wheel", endFlight, { capture: true, passive: true });
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
