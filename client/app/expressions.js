// What the face was taken to show: only there when the candidate switched it on; older reports do not know it.

import { clock, element, find, text } from "./common.js";
import { percent, sentence } from "./figures.js";

const ESTIMATED = {
  rules: "Estimated by simple rules on points of the face, without a model: rough, and neutral unless a change is plain.",
  model: "Estimated by the model",
};
const LOOKED_AT = {
  "class activation": "orange where the model found it (class activation)",
  occlusion: "orange where covering the face changed the estimate most",
};

export function showExpressions({ expressions: found, session, versions }) {
  find("expressions").hidden = !found;
  if (!found) return;
  const { method, samples, shares, series, pictures } = found;
  const by = method === "model" ? `${ESTIMATED.model} ${versions.models.expression}.` : (ESTIMATED[method] ?? "");
  find("expressions-text").textContent = `An estimate of what your face showed, not of what you felt. It is part of no score. ${by} ${samples ? "The darker, the likelier it was at that time." : ""}`;
  if (!samples) return find("expressions-body").replaceChildren(text("p", "", "Your face could not be read: it was out of view or turned away."));
  const strips = Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => expressionRow(name, share, series));
  const axis = element("div", { className: "expression-row figures soft small", aria: { hidden: "true" } }, element("div", { className: "axis" }, text("span", "", "0:00"), text("span", "", clock(session.duration_s))));
  find("expressions-body").replaceChildren(...strips, axis, ...(pictures.length ? [element("div", { className: "expression-pictures" }, ...pictures.map(expressionPicture))] : []));
}

function expressionRow(name, share, series) {
  const cells = series.map((step) => element("span", { className: step ? "" : "absent", style: { "--share": step?.[name] ?? 0 } }));
  return element(
    "div",
    { className: "expression-row" },
    text("span", "", sentence(name)),
    text("span", "figures", percent(share)),
    element("div", { className: "steps-of", aria: { hidden: "true" } }, ...cells),
  );
}

function expressionPicture({ t, expression, probability, method, image }) {
  return element(
    "figure",
    {},
    element("img", { src: image, width: 96, height: 96, alt: `Your face at ${clock(t)}, marked with what the model looked at` }),
    element("figcaption", {}, element("strong", { textContent: `${sentence(expression)}, ${percent(probability)}` }), ` at ${clock(t)}: ${LOOKED_AT[method]}`),
  );
}
