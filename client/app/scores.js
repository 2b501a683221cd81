// The scores, each with the interval that it may well lie in, and what would have been with other answers.

import { SUBSCORE_KEYS, UNCERTAIN_BELOW, element, find, text } from "./common.js";
import { likely, percent, signed, whole } from "./figures.js";

export function showScores(report) {
  const { overall, subscores } = report;
  const rows = SUBSCORE_KEYS.map((key) => subscoreRow(key, subscores[key]));
  find("scores").replaceChildren(overallFigure(overall), element("div", { className: "subscores" }, ...rows), whatIf(report) ?? "");
}

function overallFigure({ score, interval, coverage, reason }) {
  const none = score === null;
  const range = likely(interval);
  return element(
    "div",
    { className: "overall" },
    text("h2", "", "Overall"),
    text("p", `number figures ${none ? "none" : ""}`, whole(score)),
    range && text("p", "likely figures", `likely ${range}`),
    text("p", "of", none ? `${reason}.` : `of 100, from ${percent(coverage)} of the evidence`),
  );
}

function subscoreRow(key, { label, score, interval, coverage, reason }) {
  const state = score === null ? "absent" : coverage < UNCERTAIN_BELOW ? "uncertain" : "";
  const note = score === null ? `${reason}.` : state ? `Uncertain: only ${percent(coverage)} of the evidence was observed.` : null;
  const range = likely(interval);
  return element(
    "div",
    { className: `subscore ${key} ${state}` },
    text("h3", "", label),
    band(score, interval),
    text("p", "number figures", whole(score)),
    text("p", "likely figures", range ? `likely ${range}` : ""),
    note && text("p", "note", note),
  );
}

/** A score on the line from 0 to 100: full up to the least that it may be, paler up to the most. */
export function band(score, interval) {
  const [low, high] = interval ?? [score, score];
  const parts = score === null ? [] : [
    element("span", { className: "sure", style: { "--to": low } }),
    element("span", { className: "range", style: { "--from": low, "--to": high } }),
    element("span", { className: "point", style: { "--at": score } }),
  ];
  return element("span", { className: "band", aria: { hidden: "true" } }, ...parts);
}

/** Reports of older versions have none. */
function whatIf({ what_if: found, questions }) {
  const best = found?.best ?? [];
  if (!best.length) return null;
  const items = best.map(({ text: said, gain, question }) =>
    element(
      "li",
      {},
      text("b", "figures", signed(gain)),
      element("span", {}, said, questions.length > 1 ? " " : "", element("a", { href: `#answer-${question + 1}`, textContent: `See answer ${question + 1}` })),
    ),
  );
  return element("div", { className: "what-if" }, text("h3", "", "What if"), element("ul", {}, ...items));
}
