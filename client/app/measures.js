// How measures are written wherever sessions are compared.

import { clock, element } from "./common.js";
import { likely } from "./figures.js";

/** A day as text, from ISO 8601. */
export const day = (created) =>
  new Date(created).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });

/** A value with its unit. */
export function figure(value, unit) {
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toFixed(1)));
  return unit ? `${text} ${unit}` : text;
}

/** What is said where the data cannot be had. */
export function problem(error) {
  const signedOut = error.status === 401;
  return [
    element("h1", { textContent: signedOut ? "You are not signed in" : "This cannot be shown" }),
    element("p", { className: "soft", textContent: error.message }),
    element("a", { className: "button", href: "/", textContent: "All sessions" }),
  ];
}

const cell = (content, tag = "td") => element(tag, {}, content);

export function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col", textContent: name })));
  return element("table", { className: "figures" }, element("thead", {}, head), element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((content) => cell(content))))));
}

/** Scores of every session, the newest first; `kinds` as in the growth data. */
export function scoreTable(sessions, kinds) {
  const score = (point) => (point ? [String(Math.round(point.score)), likely(point.interval)].filter(Boolean).join(" · ") : "–");
  const rows = sessions.map(({ id, title, created }, index) => [
    element("a", { href: `/sessions/${encodeURIComponent(id)}`, textContent: `${day(created)} · ${title}` }),
    ...kinds.map(({ points }) => score(points[index])),
  ]);
  return table(["Session", ...kinds.map(({ label }) => label)], rows.reverse());
}

/** Answers to one question, each with the `name` of its session and the `href` of its report. */
export function answersTable(answers) {
  const or = (value, text) => (value === null ? "–" : text(value));
  const columns = [
    ["Length", ({ answer_seconds: seconds }) => clock(seconds)],
    ["Words", ({ words }) => String(words)],
    ["Words a minute", ({ speech_rate: rate }) => or(rate, (value) => value.toFixed(0))],
    ["Pauses, %", ({ pause_share: share }) => or(share, (value) => value.toFixed(0))],
    ["Filler words", ({ filler_words: fillers }) => String(fillers)],
    ["Time to answer, s", ({ response_latency_s: latency }) => or(latency, (value) => value.toFixed(1))],
    ["To the point, %", ({ relevance }) => or(relevance, (value) => (100 * value).toFixed(0))],
  ].filter(([, of]) => answers.some((answer) => of(answer) !== "–"));
  const rows = answers.map((answer) => [element("a", { href: answer.href, textContent: answer.name }), ...columns.map(([, of]) => of(answer))]);
  return element("div", { className: "table-scroll", tabIndex: 0, role: "region", aria: { label: "Answers" } }, table(["Session", ...columns.map(([name]) => name)], rows));
}
