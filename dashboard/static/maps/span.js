// A range with two handles over a small bar chart of how many rows lie where. A key answers at once, a hand that drags
// when it rests: the page asks the server once, not at every step.
const RESTING_MS = 90;

function node(tag, css, text) {
  const element = document.createElement(tag);
  element.className = css;
  if (text !== undefined) element.textContent = text;
  return element;
}

function build(root) {
  const parts = {
    head: node("div", "head"), label: node("span", "label"), said: node("output", "said"),
    chart: node("div", "chart"), track: node("div", "track"), chosen: node("div", "chosen"),
    first: node("input", "end first"), last: node("input", "end last"),
  };
  parts.head.append(parts.label, parts.said);
  parts.chart.setAttribute("aria-hidden", "true");
  for (const end of [parts.first, parts.last]) end.type = "range";
  parts.track.append(parts.chosen, parts.first, parts.last);
  root.replaceChildren(parts.head, parts.chart, parts.track);
  return parts;
}

function bars(parts, data) {
  const most = Math.max(1, ...data.bars.map((bar) => bar.rows));
  parts.chart.hidden = !data.bars.some((bar) => bar.rows);
  parts.chart.replaceChildren(...data.bars.map((bar) => {
    const shape = node("i", "bar");
    // The root of the share: a few rows beside many are still seen.
    shape.style.height = `${bar.rows ? Math.max(6, 100 * Math.sqrt(bar.rows / most)) : 0}%`;
    shape.style.flexGrow = String(bar.width);
    shape.title = bar.text;
    return shape;
  }));
}

function show(held) {
  const { parts, data } = held;
  const [from, to] = [Number(parts.first.value), Number(parts.last.value)];
  const share = (value) => (100 * (value - data.low)) / (data.high - data.low);
  parts.said.textContent = from === to ? String(from) : `${from} – ${to}`;
  parts.chosen.style.left = `${share(from)}%`;
  parts.chosen.style.right = `${100 - share(to)}%`;
  // Where both handles lie on the upper end, the lower one must be on top, or neither could be moved.
  parts.first.style.zIndex = from > (data.low + data.high) / 2 ? "3" : "2";
  let at = data.low;
  [...parts.chart.children].forEach((shape, index) => {
    const end = at + data.bars[index].width - 1;
    shape.classList.toggle("outside", end < from || at > to);
    at = end + 1;
  });
}

function send(held) {
  clearTimeout(held.timer);
  held.timer = 0;
  const text = `${held.parts.first.value}-${held.parts.last.value}`;
  if (text !== held.sent) {
    held.sent = text;
    held.trigger("span", text);
  }
}

function listen(held) {
  const { first, last } = held.parts;
  for (const end of [first, last]) {
    end.oninput = () => {
      if (end === first && Number(first.value) > Number(last.value)) first.value = last.value;
      if (end === last && Number(last.value) < Number(first.value)) last.value = first.value;
      show(held);
      clearTimeout(held.timer);
      if (held.isKey) send(held);
      else held.timer = setTimeout(() => send(held), RESTING_MS);
    };
    end.onkeydown = () => { held.isKey = true; };
    end.onkeyup = () => { held.isKey = false; };
    end.onpointerdown = () => { held.isKey = false; };
    end.onchange = () => { if (held.timer) send(held); };
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".span");
  const held = root.atlasSpan || { parts: build(root), timer: 0, sent: "", isKey: false };
  const isNew = !root.atlasSpan;
  root.atlasSpan = held;
  Object.assign(held, { data, trigger: setTriggerValue });
  const { parts } = held;
  parts.label.textContent = data.label;
  for (const [end, name] of [[parts.first, data.labels.first], [parts.last, data.labels.last]]) {
    Object.assign(end, { min: String(data.low), max: String(data.high), step: "1" });
    end.setAttribute("aria-label", `${data.label}: ${name}`);
  }
  // What is being dragged right now is newer than what the server has just said.
  if (!held.timer) {
    parts.first.value = String(data.value[0]);
    parts.last.value = String(data.value[1]);
    held.sent = `${data.value[0]}-${data.value[1]}`;
  }
  const shape = JSON.stringify(data.bars);
  if (held.shape !== shape) {
    held.shape = shape;
    bars(parts, data);
  }
  if (isNew) listen(held);
  show(held);
}
