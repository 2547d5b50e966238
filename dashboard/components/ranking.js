// A ranked list of areas: lamps, bar with the pace line, figure, reason. Every text is set as text, never as HTML.
const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  ahead: "M7 1.5 L12.5 11.5 L1.5 11.5 Z",
  on: "M7 2 A5 5 0 1 1 6.99 2 Z",
  behind: "M7 12.5 L12.5 2.5 L1.5 2.5 Z",
  none: "M2.5 6.2 H11.5 V7.8 H2.5 Z",
};

function node(tag, css, text) {
  const element = document.createElement(tag);
  if (css) element.className = css;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

function lamp(mark, colours) {
  const holder = node("span", "lamp");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 14 14");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", mark.hint);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[mark.lamp] || SHAPES.none);
  path.setAttribute("fill", colours[mark.lamp] || colours.none);
  svg.appendChild(path);
  holder.title = mark.hint;
  holder.appendChild(svg);
  return holder;
}

function bar(row, full, labels) {
  const track = node("span", "track");
  if (row.bar_pct !== null) {
    const fill = node("span", "fill");
    fill.style.width = `${Math.min(100, (100 * row.bar_pct) / full)}%`;
    fill.style.background = row.colour;
    track.appendChild(fill);
  } else {
    track.classList.add("no-data");
  }
  if (row.pace_pct !== null) {
    const tick = node("span", "pace");
    tick.style.left = `${(100 * row.pace_pct) / full}%`;
    tick.title = labels.pace;
    track.appendChild(tick);
  }
  return track;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".ranking");
  root.replaceChildren();
  const hasLamps = data.rows.some((row) => row.lamps.length > 0);
  root.classList.toggle("lampless", !hasLamps);
  const full = Math.max(100, ...data.rows.map((row) => row.bar_pct ?? 0));

  const head = node("div", "line head");
  head.append(node("span", "rank", data.labels.rank), node("span", "name", data.labels.area));
  if (hasLamps) {
    const lamps = node("span", "lamps");
    data.labels.lamps.forEach((text) => lamps.appendChild(node("span", "lamp", text)));
    head.appendChild(lamps);
  }
  head.append(
    node("span", "track-head", data.labels.bar),
    node("span", "figure", data.labels.figure),
    node("span", "reason", data.labels.reason),
  );
  root.appendChild(head);

  data.rows.forEach((row) => {
    const line = node("button", "line");
    line.type = "button";
    line.setAttribute("aria-pressed", String(row.code === data.selected));
    line.title = `${row.name} · ${row.figure}\n${row.reason}`;
    line.append(node("span", "rank", row.rank ?? "–"), node("span", "name", row.name));
    if (hasLamps) {
      const lamps = node("span", "lamps");
      row.lamps.forEach((mark) => lamps.appendChild(lamp(mark, data.lamp_colours)));
      line.appendChild(lamps);
    }
    line.append(bar(row, full, data.labels), node("span", "figure", row.figure), node("span", "reason", row.reason));
    line.onclick = () => setTriggerValue("picked", row.code);
    root.appendChild(line);
  });

  const watcher = new ResizeObserver(() => root.classList.toggle("narrow", root.clientWidth < 560));
  watcher.observe(root);
  return () => watcher.disconnect();
}
