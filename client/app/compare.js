// Two sessions side by side. See scoring/growth.schema.json for the data.

import { getJson } from "./api.js";
import { SUBSCORES, clock, element, find } from "./common.js";
import { answersTable, day, figure, problem } from "./measures.js";

const ABOUT = 5;

async function load() {
  try {
    show(await getJson(`/api/compare${location.search}`));
  } catch (error) {
    find("message").replaceChildren(...problem(error));
  }
}

function show(comparison) {
  find("not-comparable").hidden = comparison.comparable;
  scores(comparison);
  indicators(comparison);
  questions(comparison);
  find("message").hidden = true;
  find("content").hidden = false;
}

const reportOf = ({ id }) => `/sessions/${encodeURIComponent(id)}`;

function scores({ a, b, scores: all }) {
  const head = (session) =>
    element("div", { className: "pair-session" }, element("a", { href: reportOf(session), textContent: session.title }), element("p", { className: "soft small figures", textContent: `${day(session.created)} · ${clock(session.duration_s)} min` }));
  const order = ["overall", ...SUBSCORES.map(({ key }) => key)].filter((key) => all[key]);
  find("scores").replaceChildren(
    element("div", { className: "pair heads" }, element("span"), head(a), head(b), element("span")),
    ...order.map((key) => pair(key, all[key])),
  );
}

function pair(key, { label, a, b, score_difference: difference, certain }) {
  return element(
    "div",
    { className: `pair ${key}` },
    element("h2", { textContent: label }),
    side(a),
    side(b),
    element("p", { className: "verdict soft", dataset: { change: direction(difference, certain) } }, difference === null ? "not compared" : `${signed(difference)} · ${verdict(difference, certain)}`),
  );
}

/** A score as a bar, with its interval drawn over it. */
function side(point) {
  if (!point) return element("div", { className: "pair-side absent" }, element("span", { className: "bar" }), element("span", { className: "number figures", textContent: "–" }));
  const fill = element("span");
  fill.style.setProperty("--value", point.score);
  const bar = element("span", { className: "bar", aria: { hidden: "true" } }, fill);
  const inside = element("span", { className: "bar-with-interval" }, bar);
  if (point.interval) {
    const [low, high] = point.interval;
    const range = element("span", { className: "interval", title: `between ${Math.round(low)} and ${Math.round(high)}` });
    range.style.setProperty("left", `${low}%`);
    range.style.setProperty("width", `${high - low}%`);
    inside.append(range);
  }
  return element("div", { className: "pair-side" }, inside, element("span", { className: "number figures", textContent: Math.round(point.score) }));
}

function signed(difference, digits = 0) {
  const shown = Number(difference.toFixed(digits));
  return `${shown > 0 ? "+" : shown < 0 ? "−" : "±"}${Math.abs(shown).toFixed(digits)}`;
}

/** Where the uncertainty is not known a few points count as nothing; many within it may be chance. */
function direction(difference, certain) {
  if (difference === null) return "none";
  const large = Math.abs(difference) >= ABOUT;
  if (!(certain ?? large)) return large ? "chance" : "same";
  return difference > 0 ? "better" : "worse";
}

const WORDS = { none: "–", same: "about the same", chance: "may be chance", better: "better", worse: "worse" };
const verdict = (difference, certain) => WORDS[direction(difference, certain)];

function indicators({ indicators: all }) {
  const weight = ({ score_difference: difference, certain }) => (difference === null ? -1 : Math.abs(difference) + (certain ? 1000 : 0));
  const rows = Object.values(all).sort((one, other) => weight(other) - weight(one)).map(indicator);
  const heads = ["Signal", "Earlier", "Later", "Change", "Verdict"].map((name) => element("th", { scope: "col", textContent: name }));
  find("indicators").replaceChildren(
    element("table", { className: "figures compared" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)),
  );
}

function indicator({ label, unit, norm, a, b, difference, score_difference: points, certain }) {
  const value = (point) => element("td", { textContent: point ? figure(point.value, "") : "–" });
  const change = direction(points, certain);
  return element(
    "tr",
    {},
    element("td", {}, element("strong", { textContent: label }), element("span", { className: "soft small", textContent: ` ${unit}`, title: norm })),
    value(a),
    value(b),
    element("td", { textContent: difference === null ? "–" : signed(difference, 1) }),
    element("td", { className: "verdict", dataset: { change }, textContent: a && b && points === null ? "not scored" : WORDS[change] }),
  );
}

function questions({ a, b, questions: asked }) {
  find("questions-part").hidden = !asked.length;
  const answer = (of, session) => ({ ...of, name: `${day(session.created)} · ${session.title}`, href: reportOf(session) });
  find("questions").replaceChildren(
    ...asked.map((question) => element("article", { className: "again" }, element("h3", { textContent: question.text }), answersTable([answer(question.a, a), answer(question.b, b)]))),
  );
}

load();
