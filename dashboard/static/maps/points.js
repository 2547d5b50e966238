/* Draws a few hundred marked places on a Leaflet map made by folium. Every text from data is set as text. */
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  // Shapes in a box of 20 by 20, told apart without colour.
  const SHAPES = {
    circle: "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z",
    triangle: "M10 1.5L18.8 17.5H1.2z",
    square: "M3 3H17V17H3z",
    diamond: "M10 0.8L19.2 10L10 19.2L0.8 10z",
  };

  function svg(tag, attributes, parent) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (parent) parent.appendChild(made);
    return made;
  }

  function drawing(point, chosen) {
    const side = point.size;
    const box = svg("svg", { width: side, height: side, viewBox: "-3 -3 26 26", style: "display:block;overflow:visible" });
    // Rings are outside the shape, so that they are seen without colour too.
    if (chosen) svg("circle", { cx: 10, cy: 10, r: 14, fill: "none", stroke: "#111111", "stroke-width": 2.5 }, box);
    if (point.ring) svg("circle", { cx: 10, cy: 10, r: 11.5, fill: "none", stroke: "#b3261e", "stroke-width": 2, "stroke-dasharray": "4 2.5" }, box);
    const shape = SHAPES[point.shape] || SHAPES.circle;
    const edge = { fill: point.colour, stroke: point.colour === "none" ? "#5b6570" : "#16202a", "stroke-width": 1.2 };
    svg("path", { d: shape, ...edge }, box);
    if (point.text) {
      const label = svg("text", {
        x: 10, y: 10, "text-anchor": "middle", "dominant-baseline": "central", "font-size": 9,
        "font-weight": 700, fill: point.ink, "font-family": "inherit",
      }, box);
      label.textContent = point.text;
    }
    return box;
  }

  function lines(texts) {
    const box = document.createElement("div");
    box.className = "atlas-tip";
    for (const text of texts) {
      const line = document.createElement("div");
      line.textContent = text;
      box.appendChild(line);
    }
    return box;
  }

  function marker(point, chosen) {
    const half = point.size / 2;
    const icon = L.divIcon({
      html: drawing(point, chosen), className: "atlas-point", iconSize: [point.size, point.size], iconAnchor: [half, half],
    });
    const made = L.marker(point.at, { icon, keyboard: true, riseOnHover: true, zIndexOffset: chosen ? 1000 : 0, alt: point.tip.join(" ") });
    made.bindTooltip(lines(point.tip), { direction: "top", offset: [0, -half] });
    // What a click sends to the page: the code and when.
    made.toGeoJSON = () => ({ type: "Feature", geometry: null, properties: { code: point.code, at: Date.now() } });
    made.on("add", () => {
      const place = made.getElement();
      if (place) place.setAttribute("aria-label", point.tip.join(" "));
    });
    return made;
  }

  /* Returns the layer of `spec.circles` (metres, under the points) and `spec.points`; the caller adds it to the map. */
  window.atlasPoints = function (map, spec) {
    const group = L.featureGroup();
    for (const circle of spec.circles) {
      const drawn = L.circle(circle.at, {
        radius: circle.radius_m, color: "#7a3b00", weight: 1.5, dashArray: "5 3", fillColor: "#f0b060", fillOpacity: 0.28, interactive: false,
      });
      group.addLayer(drawn);
    }
    for (const point of spec.points) group.addLayer(marker(point, point.code === spec.selected));
    map.getContainer().style.cursor = spec.places ? "crosshair" : "";
    return group;
  };
})();
