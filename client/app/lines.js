// A line over sessions with its band of uncertainty: SVG for what stretches, HTML for what must keep its shape.

import { UNCERTAIN_BELOW, element } from "./common.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * A chart of `points`, each {value, low, high, coverage, title, href} or null, evenly spaced.
 *
 * `breaks` has the indices before which the line is not joined; `range` is [lowest, highest]. Points with an
 * `href` are links.
 */
export function lines(points, { range, breaks = new Set(), className = "", name, ticks = [] }) {
  const [lowest, highest] = range;
  const x = (index) => (points.length > 1 ? (100 * index) / (points.length - 1) : 50);
  const y = (value) => Math.min(100, Math.max(0, (100 * (value - lowest)) / (highest - lowest || 1)));
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 100 100");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  for (const part of joined(points, breaks)) {
    const banded = part.filter(({ low }) => low !== null);
    if (part.length === 1) continue;
    if (banded.length === part.length) {
      const above = part.map(({ index, high }) => [x(index), y(high)]);
      const below = part.map(({ index, low }) => [x(index), y(low)]).reverse();
      drawing.append(shape("polygon", "band", [...above, ...below]));
    }
    drawing.append(shape("polyline", "line", part.map(({ index, value }) => [x(index), y(value)])));
  }
  const alone = joined(points, breaks).filter((part) => part.length === 1 && part[0].low !== null);
  const whiskers = alone.map(([{ index, low, high }]) =>
    placed("span", "whisker", { left: x(index), bottom: y(low), height: y(high) - y(low) }),
  );
  const dots = points.flatMap((point, index) => {
    if (!point) return [];
    const state = point.coverage < UNCERTAIN_BELOW ? "dot uncertain" : "dot";
    const dot = placed(point.href ? "a" : "span", state, { left: x(index), bottom: y(point.value) });
    dot.title = point.title;
    if (point.href) {
      dot.href = point.href;
      dot.setAttribute("aria-label", point.title);
    }
    return [dot];
  });
  const rules = ticks.map((tick) => {
    const rule = placed("span", "rule", { bottom: y(tick) });
    rule.dataset.tick = tick;
    return rule;
  });
  const plot = element("div", { className: "plot" }, ...rules, drawing, ...whiskers, ...dots);
  plot.dataset.many = points.length > 20;
  return element("div", { className: `lines ${className}`, role: "group", aria: { label: name } }, plot);
}

/** Runs of points that follow one another without a gap or a break. */
function joined(points, breaks) {
  const parts = [[]];
  points.forEach((point, index) => {
    if (!point || breaks.has(index)) parts.push([]);
    if (point) parts.at(-1).push({ ...point, index });
  });
  return parts.filter((part) => part.length);
}

function shape(tag, className, corners) {
  const made = document.createElementNS(SVG, tag);
  made.setAttribute("class", className);
  made.setAttribute("points", corners.map(([x, y]) => `${x.toFixed(2)},${(100 - y).toFixed(2)}`).join(" "));
  return made;
}

function placed(tag, className, place) {
  const made = element(tag, { className });
  for (const [side, share] of Object.entries(place)) made.style.setProperty(side, `${share.toFixed(2)}%`);
  return made;
}
