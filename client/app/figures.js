// How figures are written in the report, and the moments that they come from.

import { clock, element, text } from "./common.js";

export const sentence = (words) => words[0].toUpperCase() + words.slice(1);
export const whole = (score) => (score === null ? "–" : String(Math.round(score)));
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
export const signed = (points, decimals = 1) => `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(decimals)}`;

/** An interval as "61–75"; null where there is none, as in reports of older versions. */
export const likely = (interval) => (interval ? `${Math.round(interval[0])}–${Math.round(interval[1])}` : null);

/** A value with its unit. */
export function quantity({ value, unit }) {
  if (value === null) return "not observed";
  const figure = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toFixed(1)));
  return unit ? `${figure} ${unit}` : figure;
}

/** The values to one decimal such that they add up to `total` as it is shown: what rounding moved most gives way. */
export function addingUp(values, total) {
  const tenths = values.map((value) => Math.round(10 * value));
  const over = tenths.reduce((sum, each) => sum + each, 0) - Math.round(10 * total);
  const moved = values.map((value, index) => Math.sign(over) * (tenths[index] - 10 * value));
  const order = values.map((_, index) => index).sort((a, b) => moved[b] - moved[a]);
  for (const index of order.slice(0, Math.abs(over))) tenths[index] -= Math.sign(over);
  return tenths.map((each) => each / 10);
}

/** A moment, which leads the replay to its time. */
export function moment({ start, end = start, note }) {
  const span = end - start >= 1 ? `${clock(start)}–${clock(end)}` : clock(start);
  return element("a", { className: "moment", href: "#replay", dataset: { t: start } }, text("time", "", span), note ? text("span", "", note) : null);
}

export const moments = (list) => element("div", { className: "moments" }, ...list.map(moment));
