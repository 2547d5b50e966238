// Where the tiled map looks, and the address that says so.
// deck.gl's view is read from the page's own React tree, because Streamlit hands out neither view nor deck.
const CHART = '[data-testid="stDeckGlJsonChart"]';
const PLACE = /^#(\d{1,2}(?:\.\d+)?)\/(-?\d{1,2}(?:\.\d+)?)\/(-?\d{1,3}(?:\.\d+)?)(?:\/(-?\d{1,3}(?:\.\d+)?)\/(\d{1,2}(?:\.\d+)?))?$/;
const LEAST_ZOOM = 7;
const MOST_ZOOM = 19;
const SETTLED_MS = 250;
const FLIGHT_MS = 4000;

// One map a page: what is known of it outlives the runs of the page. `map` holds deck.gl's own object, `wanted` the
// fragment of the present view, `hash` the one that the address got last.
export const known = {
  map: null, viewport: null, wanted: "", hash: null, path: "", changedAt: 0, flight: null, isFirst: true, drawn: 0,
};

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

export function seek() {
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
  // Districts are there for clicks alone: to fill a screen with what nobody sees costs a fifth of a picture.
  known.map.deck.setProps({
    layerFilter: ({ layer, isPicking }) => isPicking || !layer.id.startsWith("districts."),
  });
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

// Whoever takes the map into the own hands ends the flight, and wants no still picture under it.
export function endFlight(event) {
  if (!known.map || !event.composedPath().includes(known.map.canvas.parentElement)) return;
  known.flight = null;
  uncover();
}

// --- the server's still picture, which stands in for the map until that is drawn (map_still.py) -----------
const PAGE = document.documentElement;

function uncover() {
  known.drawn = Infinity;
  PAGE.dataset.atlasMap = "live";
  PAGE.style.removeProperty("--atlas-still");
}

// Gone some frames after every layer has all that it shows: the last tiles are painted then.
function uncoverWhenDrawn() {
  if (known.drawn > 3) return;
  const manager = known.map.deck.layerManager;
  const layers = manager && typeof manager.getLayers === "function" ? manager.getLayers() : null;
  if (!layers) uncover();
  else if (!known.flight && layers.length && layers.every((layer) => layer.isLoaded)) known.drawn += 1;
  if (known.drawn > 3) uncover();
}

export function short(value, digits) {
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

export function isLevel(viewport) {
  return Math.abs(viewport.bearing) < 0.05 && viewport.pitch < 0.05;
}

// Read the view of this frame and act on the address; true where the map has moved.
export function follow(now) {
  const viewport = viewportOf(known.map);
  const hasMoved = viewport !== null && viewport !== known.viewport;
  if (hasMoved) {
    const wanted = hashOf(viewport);
    if (wanted !== known.wanted) known.changedAt = now;
    Object.assign(known, { viewport, wanted });
  }
  if (known.viewport) {
    uncoverWhenDrawn();
    flyOn(now);
    keepAddress(now);
  }
  return hasMoved;
}

export function forget() {
  delete PAGE.dataset.atlasMap;
  PAGE.style.removeProperty("--atlas-still");
  Object.assign(known, { drawn: 0, map: null, viewport: null, wanted: "", hash: null, flight: null });
}
