/* Draws coloured areas on a Leaflet map made by folium. Every text from data is set as text, never as HTML. */
(function () {
  "use strict";

  const HATCH = "atlas-hatch";
  const LABEL_PX = 13;

  // "No data" is a hatched class of its own, so that it can't be read as a colour of the scale.
  function ensureHatch() {
    if (document.getElementById(HATCH)) return;
    const holder = document.createElement("div");
    holder.innerHTML =
      '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>' +
      `<pattern id="${HATCH}" patternUnits="userSpaceOnUse" width="6" height="6" patternTransform="rotate(45)">` +
      '<rect width="6" height="6" fill="#f4f4f2"/><line x1="0" y1="0" x2="0" y2="6" stroke="#9a9a94" stroke-width="2"/>' +
      "</pattern></defs></svg>";
    document.body.appendChild(holder.firstChild);
  }

  function lines(texts, className) {
    const box = document.createElement("div");
    if (className) box.className = className;
    for (const text of texts) {
      const line = document.createElement("div");
      line.textContent = text;
      box.appendChild(line);
    }
    return box;
  }

  function style(spec) {
    return (feature) => {
      const chosen = spec.selected !== null && feature.properties.code === spec.selected;
      return {
        color: chosen ? "#111111" : "#ffffff",
        weight: chosen ? 3 : 1.2,
        fillColor: feature.properties.colour || `url(#${HATCH})`,
        fillOpacity: 0.92,
        opacity: 1,
      };
    };
  }

  const SVG = "http://www.w3.org/2000/svg";
  const SHAPES = {
    circle: "M7 1.5 A5.5 5.5 0 1 1 6.99 1.5 Z",
    square: "M2 2 H12 V12 H2 Z",
    triangle: "M7 1 L13 12.5 H1 Z",
    diamond: "M7 0.5 L13.5 7 L7 13.5 L0.5 7 Z",
    ring: "M7 1.5 A5.5 5.5 0 1 1 6.99 1.5 Z M7 4.5 A2.5 2.5 0 1 0 7.01 4.5 Z",
  };

  // A point with a shape of its own: what it stands for can be told without its colour.
  function markIcon(props, isChosen) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "-1 -1 16 16");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[props.mark] || SHAPES.circle);
    path.setAttribute("fill", props.colour || "#f4f4f2");
    path.setAttribute("fill-rule", "evenodd");
    path.setAttribute("stroke", isChosen ? "#111111" : props.outline || "#ffffff");
    path.setAttribute("stroke-width", isChosen || props.outline ? "2.2" : "1");
    svg.appendChild(path);
    const side = isChosen ? 20 : 14;
    return L.divIcon({ html: svg, className: "atlas-mark", iconSize: [side, side] });
  }

  function asPoint(spec) {
    return (feature, latlng) => {
      const props = feature.properties;
      if (!props.mark) return L.circleMarker(latlng, { radius: 6 });
      const isChosen = spec.selected !== null && props.code === spec.selected;
      return L.marker(latlng, {
        icon: markIcon(props, isChosen), keyboard: false, zIndexOffset: isChosen ? 2000 : props.outline ? 1000 : 0,
      });
    };
  }

  // What a click sends to the page: the code and when, never the outline (which may weigh a megabyte).
  function reportOnly(layer, code) {
    layer.toGeoJSON = () => ({ type: "Feature", geometry: null, properties: { code, at: Date.now() } });
  }

  function reachByKeyboard(layer, name) {
    layer.on("add", () => {
      const path = layer.getElement && layer.getElement();
      if (!path) return;
      path.setAttribute("tabindex", "0");
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", name);
      path.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose(layer);
      });
    });
  }

  function choose(layer) {
    const at = layer.getBounds ? layer.getBounds().getCenter() : layer.getLatLng();
    layer.fire("click", { latlng: at }, true);
  }

  function labelOf(feature) {
    const props = feature.properties;
    const box = lines([props.label], "atlas-label");
    const icon = L.divIcon({ html: box, className: "atlas-label-anchor", iconSize: [0, 0] });
    const marker = L.marker(props.anchor, { icon, interactive: false, keyboard: false });
    marker.atlasBox = box;
    return marker;
  }

  // A label is shown only where its area has room for it at this zoom.
  function showFitting(map, pairs) {
    for (const [layer, marker] of pairs) {
      const bounds = layer.getBounds();
      const west = map.latLngToLayerPoint(bounds.getNorthWest());
      const east = map.latLngToLayerPoint(bounds.getSouthEast());
      const room = east.x - west.x > marker.atlasBox.textContent.length * LABEL_PX * 0.8 && east.y - west.y > LABEL_PX;
      marker.atlasBox.style.display = room ? "" : "none";
    }
  }

  function areasLayer(map, spec, features, onChoose) {
    const group = L.featureGroup();
    const pairs = [];
    const areas = L.geoJSON({ type: "FeatureCollection", features }, {
      style: style(spec),
      pointToLayer: asPoint(spec),
      onEachFeature: (feature, layer) => {
        const props = feature.properties;
        reportOnly(layer, props.code);
        layer.bindTooltip(lines(props.tip, "atlas-tip"), { sticky: true });
        if (layer.setStyle) {
          layer.on("mouseover", () => layer.setStyle({ weight: 3 }));
          layer.on("mouseout", () => areas.resetStyle(layer));
        }
        if (onChoose) layer.on("click", () => onChoose(props.code));
        reachByKeyboard(layer, props.tip.join(" "));
        if (spec.labels && props.anchor && layer.getBounds) pairs.push([layer, labelOf(feature)]);
      },
    });
    group.addLayer(areas);
    for (const [, marker] of pairs) group.addLayer(marker);
    const refresh = () => showFitting(map, pairs);
    group.on("add", () => { map.on("zoomend", refresh); refresh(); });
    group.on("remove", () => map.off("zoomend", refresh));
    areas.eachLayer((layer) => {
      if (layer.feature.properties.code === spec.selected && layer.bringToFront) {
        areas.on("add", () => layer.bringToFront());
      }
    });
    return { group, areas };
  }

  // Before its style sheet has come, or in a closed tab, a map has no size and can't be fitted to anything.
  function hasRoom(map) {
    // Not getSize(): a map without a view keeps the first size that it was asked for.
    const box = map.getContainer();
    return box.clientWidth > 40 && box.clientHeight > 40;
  }

  // The map is fitted to its areas when they change place, and again on a resize until somebody moves it by hand.
  function keepFitted(map, bounds) {
    const state = map.atlas || (map.atlas = { key: null, moved: false, fitting: false });
    const fit = () => {
      if (!hasRoom(map)) return;
      map.invalidateSize({ animate: false });
      state.fitting = true;
      map.fitBounds(state.bounds, { animate: false, padding: [8, 8] });
      state.fitting = false;
    };
    if (!state.watching) {
      state.watching = true;
      map.on("zoomstart dragstart", () => { if (!state.fitting) state.moved = true; });
      new ResizeObserver(() => {
        if (state.moved) map.invalidateSize({ animate: false });
        else fit();
      }).observe(map.getContainer());
    }
    const key = JSON.stringify(bounds);
    if (state.key === key) return;
    state.key = key;
    state.bounds = bounds;
    state.moved = false;
    fit();
  }

  const Inset = L.Control.extend({
    onAdd() {
      const box = L.DomUtil.create("div", "atlas-inset");
      this.title = L.DomUtil.create("div", "atlas-inset-title", box);
      this.pane = L.DomUtil.create("div", "atlas-inset-map", box);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    },
    draw(spec, features, onChoose) {
      this.title.textContent = spec.inset.title;
      if (!this.map) {
        this.map = L.map(this.pane, {
          zoomSnap: 0, zoomControl: false, attributionControl: false, dragging: false, scrollWheelZoom: false,
          doubleClickZoom: false, boxZoom: false, keyboard: false, touchZoom: false, zoomAnimation: false,
        });
        new ResizeObserver(() => this.fit()).observe(this.pane);
      }
      if (this.layer) this.map.removeLayer(this.layer);
      this.bounds = spec.inset.bounds;
      this.fit();
      this.layer = areasLayer(this.map, { ...spec, labels: true }, features, onChoose).group;
      this.layer.addTo(this.map);
    },
    fit() {
      if (!hasRoom(this.map)) return;
      this.map.invalidateSize({ animate: false });
      this.map.fitBounds(this.bounds, { animate: false, padding: [3, 3] });
    },
  });

  function drawInset(map, spec, features, onChoose) {
    if (!spec.inset) {
      if (map.atlasInset) { map.removeControl(map.atlasInset); map.atlasInset = null; }
      return;
    }
    if (!map.atlasInset) {
      map.atlasInset = new Inset({ position: spec.inset.position });
      map.addControl(map.atlasInset);
    }
    const wanted = new Set(spec.inset.codes);
    map.atlasInset.draw(spec, features.filter((feature) => wanted.has(feature.properties.code)), onChoose);
  }

  function showAttribution(map, text) {
    if (map.atlasAttribution) { map.removeControl(map.atlasAttribution); map.atlasAttribution = null; }
    if (!text) return;
    const Attribution = L.Control.extend({ onAdd: () => lines([text], "leaflet-control-attribution") });
    map.atlasAttribution = new Attribution({ position: "bottomright" });
    map.addControl(map.atlasAttribution);
  }

  /* Returns the layer of `spec.features`; the caller adds it to the map (and takes it off to redraw in place). */
  window.atlasAreas = function (map, spec) {
    ensureHatch();
    const { group, areas } = areasLayer(map, spec, spec.features, null);
    keepFitted(map, spec.bounds);
    showAttribution(map, spec.attribution);
    drawInset(map, spec, spec.features, (code) => {
      areas.eachLayer((layer) => { if (layer.feature.properties.code === code) choose(layer); });
    });
    return group;
  };
})();
