/* Draws a sample of a file's shapes over outlines for orientation. Nothing from data becomes HTML. */
(function () {
  "use strict";

  const INK = "#b3261e";
  const OUTLINE = "#66707a";

  function hasRoom(map) {
    const box = map.getContainer();
    return box.clientWidth > 40 && box.clientHeight > 40;
  }

  // Before its style sheet has come, or in a closed tab, a map has no size and can't be fitted to anything.
  function keepFitted(map, bounds) {
    const key = JSON.stringify(bounds);
    if (map.atlasSampleKey === key) return;
    map.atlasSampleKey = key;
    const fit = () => {
      if (!hasRoom(map)) return;
      map.invalidateSize({ animate: false });
      map.fitBounds(bounds, { animate: false, padding: [10, 10] });
    };
    if (map.atlasSampleWatch) map.atlasSampleWatch.disconnect();
    map.atlasSampleWatch = new ResizeObserver(fit);
    map.atlasSampleWatch.observe(map.getContainer());
    fit();
  }

  function label(text) {
    const box = document.createElement("div");
    box.className = "atlas-label";
    box.textContent = text;
    return L.divIcon({ html: box, className: "atlas-label-anchor", iconSize: [0, 0] });
  }

  /* Returns the layer of `spec`: `areas` (GeoJSON outlines with a label and an anchor) under `shapes` (geometries). */
  window.atlasSamples = function (map, spec) {
    const group = L.featureGroup();
    group.addLayer(L.geoJSON(spec.areas.map((area) => area.geometry), {
      interactive: false,
      style: { color: OUTLINE, weight: 1.2, fillColor: "#ffffff", fillOpacity: 0.75 },
    }));
    for (const area of spec.areas) {
      if (!area.label) continue;
      group.addLayer(L.marker(area.anchor, { icon: label(area.label), interactive: false, keyboard: false }));
    }
    group.addLayer(L.geoJSON(spec.shapes, {
      interactive: false,
      style: { color: INK, weight: 1.4, fillColor: INK, fillOpacity: 0.18 },
      pointToLayer: (_feature, latlng) => L.circleMarker(latlng, {
        radius: 3, color: INK, weight: 1, fillColor: INK, fillOpacity: 0.6, interactive: false,
      }),
    }));
    keepFitted(map, spec.bounds);
    return group;
  };
})();
