// The map's still picture, shown before Streamlit has begun, where the map will stand; then Streamlit is begun.
// The start page has asked for it already (index_page.py). Where the map will stand is what this browser found the last
// time in a window as wide; the first time it is worked out as the page's style lays it out on a desktop. The page's own
// still picture takes its place as soon as there is one.
(() => {
  const KEY = "atlas.map_place";
  const LEAST_DESKTOP_PX = 1200;
  const GIVEN_UP_MS = 12000;
  const LOOK_AGAIN_MS = 2000;
  const LOOKS = 15;
  const OTHER = ".atlas-empty, [data-testid=stException], [data-testid=stAlert]";
  const path = location.pathname;
  const picture = window.atlasStill;
  const begin = () => window.atlasBegin?.();
  if (!picture) {
    begin();
    return;
  }

  function remembered() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      const isWhole = kept && [kept.left, kept.top, kept.width].every((n) => Number.isFinite(n) && n >= 0 && n < 4000);
      return isWhole && kept.window === innerWidth ? kept : null;
    } catch (fault) {
      return null;
    }
  }

  // The side bar of 168 px, the page's edges, seven tenths of the rest, and what the panel has around the map.
  function worked() {
    return innerWidth < LEAST_DESKTOP_PX ? null : { left: 201, top: 309, width: 0.7 * (innerWidth - 208) - 34 };
  }

  const isStanding = () => document.querySelector(".st-key-map_stage .atlas-still") !== null;
  let early = null;
  let isOver = false;
  picture.decode().then(() => {
    const place = remembered() || worked();
    if (!place || isStanding() || isOver) return;
    early = picture;
    early.className = "atlas-still-early";
    early.alt = "";
    Object.assign(early.style, {
      position: "fixed", left: `${place.left}px`, top: `${place.top}px`, width: `${place.width}px`, height: "560px",
      objectFit: "none", pointerEvents: "none",
    });
    document.body.append(early);
  }).catch(() => {}).then(() => {
    // Painted first: Streamlit's scripts keep the page busy for half a second.
    if (early) requestAnimationFrame(() => requestAnimationFrame(begin));
    else begin();
  });

  function end() {
    isOver = true;
    watch.disconnect();
    clearTimeout(limit);
    // In two frames: the page's own picture is painted then.
    requestAnimationFrame(() => requestAnimationFrame(() => early?.remove()));
  }
  function remember() {
    const stage = document.querySelector(".st-key-map_stage");
    const main = document.querySelector('[data-testid="stMain"]');
    if (!stage || !main || main.scrollTop > 0) return;
    const { left, top, width } = stage.getBoundingClientRect();
    try {
      localStorage.setItem(KEY, JSON.stringify({ window: innerWidth, left, top, width }));
    } catch (fault) {
      // A browser that keeps nothing works it out each time.
    }
  }
  const watch = new MutationObserver(() => {
    // Another page, or one that says what is amiss, has no map.
    const hasOther = location.pathname !== path || document.querySelector(OTHER) !== null;
    if (!hasOther && !isStanding()) return;
    end();
    // Again and again: what stands above the map may still be on its way.
    let looks = 0;
    const again = setInterval(() => {
      looks += 1;
      if (looks >= LOOKS || location.pathname !== path) clearInterval(again);
      else remember();
    }, LOOK_AGAIN_MS);
  });
  watch.observe(document.documentElement, { childList: true, subtree: true });
  const limit = setTimeout(end, GIVEN_UP_MS);
})();
