// Growth: scores and indicators from session to session. See scoring/growth.schema.json for the data.

import { getJson } from "./api.js";
import { SUBSCORES, element, find } from "./common.js";
import { likely } from "./figures.js";
import { lines } from "./lines.js";
import { answersTable, day, figure, problem, scoreTable } from "./measures.js";

const SHOWN_WEEKS = 26;
const SHOWN_ANSWERS = 6;
const ORDER = ["overall", ...SUBSCORES.map(({ key }) => key)];

async function load() {
  try {
    show(await getJson("/api/growth"));
  } catch (error) {
    find("message").replaceChildren(...problem(error));
  }
}

function show(growth) {
  const { sessions } = growth;
  if (!sessions.length) return nothing();
  const first = day(sessions[0].created);
  const many = sessions.length > 1;
  find("about").textContent = many
    ? `${sessions.length} practices from ${first} to ${day(sessions.at(-1).created)}.`
    : `One practice, on ${first}. The next one shows what has changed.`;
  scores(growth);
  bests(growth);
  weeks(growth.weeks);
  chooser(sessions);
  again(growth);
  indicators(growth);
  find("message").hidden = true;
  find("content").hidden = false;
}

function nothing() {
  find("message").replaceChildren(
    element("h1", { textContent: "Nothing to look back at yet" }),
    element("p", { className: "soft", textContent: "After two practices you see here what has changed, and how sure that is. Analysed files and sessions with an interviewer are not counted: they may show anybody." }),
    element("a", { className: "button primary", href: "/", textContent: "Start a practice" }),
  );
}

/** The sessions before which another rubric scored. */
const changes = (sessions) =>
  new Set(sessions.map((session, index) => (index && session.rubric !== sessions[index - 1].rubric ? index : -1)));

function scorePoints(points, sessions, label, linked) {
  return points.map((point, index) => {
    if (!point) return null;
    const { score, interval, coverage } = point;
    const [low, high] = interval ?? [null, null];
    const sure = interval ? `, between ${Math.round(low)} and ${Math.round(high)}` : "";
    const title = `${label} ${Math.round(score)}${sure}: ${sessions[index].title}, ${day(sessions[index].created)}`;
    return { value: score, low, high, coverage, title, href: linked ? `/sessions/${encodeURIComponent(sessions[index].id)}` : null };
  });
}

function scores({ sessions, scores: all }) {
  const breaks = changes(sessions);
  const banded = Object.values(all).some(({ points }) => points.some((point) => point?.interval));
  const other = [...breaks].some((index) => index > 0);
  find("scores-text").textContent = [
    banded ? "The band is what the score may well be: the less was observed, the wider." : "",
    "A hollow dot rests on less than half of the evidence.",
    other ? "Lines are not joined where another rubric scored." : "",
  ].filter(Boolean).join(" ");
  const panel = (key, { label, points }) =>
    element(
      "figure",
      { className: `score-chart ${key}` },
      element("figcaption", {}, element("span", { textContent: label }), newest(points)),
      lines(scorePoints(points, sessions, label, key === "overall"), { range: [0, 100], ticks: [0, 50, 100], breaks, name: `${label} over ${sessions.length} sessions` }),
      element("div", { className: "ends soft small" }, ...ends(sessions)),
    );
  const order = ORDER.filter((key) => all[key]);
  find("scores").replaceChildren(...order.map((key) => panel(key, all[key])));
  find("scores-table").replaceChildren(scoreTable(sessions, order.map((key) => all[key])));
}

function ends(sessions) {
  const dates = sessions.length > 1 ? [sessions[0], sessions.at(-1)] : sessions;
  return dates.map(({ created }) => element("span", { textContent: day(created) }));
}

function newest(points) {
  const last = points.findLast(Boolean);
  const range = likely(last?.interval);
  return element(
    "span",
    { className: "newest figures" },
    range && element("span", { className: "soft small", textContent: `likely ${range} ` }),
    last ? String(Math.round(last.score)) : "–",
  );
}

function bests({ bests: best, sessions }) {
  find("bests-text").hidden = best.length > 0;
  find("bests-text").textContent = sessions.length > 1
    ? "Too little was observed so far to name one."
    : "A best needs two sessions in which enough was observed.";
  find("bests").replaceChildren(
    ...[...best].sort((one, other) => ORDER.indexOf(one.of) - ORDER.indexOf(other.of)).map(({ of, label, session, score, interval, certain }) => {
      const { id, created } = sessions[session];
      const sure = certain === null ? "" : certain ? "clearly above the second best" : "the second best is within the uncertainty";
      return element(
        "li",
        { className: of },
        element("span", { className: "number figures", textContent: Math.round(score), title: interval ? `likely ${likely(interval)}` : "" }),
        element("div", {}, element("strong", { textContent: label }), element("p", { className: "soft small" }, element("a", { href: `/sessions/${encodeURIComponent(id)}`, textContent: day(created) }), sure ? `, ${sure}` : "")),
      );
    }),
  );
}

function weeks({ current, longest, practised }) {
  const row = (count) => `${count} week${count === 1 ? "" : "s"} in a row`;
  find("weeks-text").textContent = [current ? `${row(current)} up to now.` : "None this week or last.", longest > current ? `Longest: ${row(longest)}.` : ""].filter(Boolean).join(" ");
  const counts = new Map(practised.map(({ monday, sessions }) => [monday, sessions]));
  const start = new Date();
  start.setUTCDate(start.getUTCDate() - ((start.getUTCDay() + 6) % 7));
  const cells = Array.from({ length: SHOWN_WEEKS }, (_, age) => {
    const monday = new Date(start);
    monday.setUTCDate(start.getUTCDate() - 7 * (SHOWN_WEEKS - 1 - age));
    const key = monday.toISOString().slice(0, 10);
    const count = counts.get(key) ?? 0;
    const cell = element("span", { className: count ? "practised" : "", title: `Week of ${day(key)}: ${count}` });
    cell.style.setProperty("--count", Math.min(count, 4));
    return cell;
  });
  const said = `Sessions in each of the last ${SHOWN_WEEKS} weeks: ${cells.map(({ title }) => title.split(": ")[1]).join(", ")}`;
  find("weeks").replaceChildren(element("div", { className: "week-cells", role: "img", aria: { label: said } }, ...cells), element("div", { className: "ends soft small" }, element("span", { textContent: "half a year ago" }), element("span", { textContent: "this week" })));
}

function chooser(sessions) {
  find("compare-part").hidden = sessions.length < 2;
  const options = (chosen) =>
    sessions.map(({ id, title, created }, index) => new Option(`${day(created)} · ${title}`, id, false, index === chosen)).reverse();
  find("a").replaceChildren(...options(sessions.length - 2));
  find("b").replaceChildren(...options(sessions.length - 1));
}

function again({ asked_again: asked, sessions }) {
  find("again-part").hidden = !asked.length;
  find("again").replaceChildren(
    ...asked.map(({ text, answers }, index) => {
      const rows = answers.map((answer) => ({ ...answer, name: day(sessions[answer.session].created), href: `/sessions/${encodeURIComponent(sessions[answer.session].id)}` }));
      // The first and the newest say most.
      const shown = rows.length > SHOWN_ANSWERS ? [rows[0], ...rows.slice(1 - SHOWN_ANSWERS)] : rows;
      const left = rows.length - shown.length;
      return element(
        "details",
        { className: "again", open: index === 0 },
        element("summary", {}, element("strong", { textContent: text }), " ", element("span", { textContent: `${answers.length} answers` })),
        answersTable(shown),
        left ? element("p", { className: "soft small", textContent: `The first and the newest; ${left} in between are not shown.` }) : "",
      );
    }),
  );
}

function indicators({ sessions, indicators: all }) {
  const breaks = changes(sessions);
  const entries = Object.values(all);
  const scored = entries.filter(({ points }) => points.some((point) => point?.score != null));
  const unscored = entries.filter((entry) => !scored.includes(entry));
  find("indicators").replaceChildren(...scored.map((entry) => multiple(entry, sessions, breaks, true)));
  find("unscored").replaceChildren(...unscored.map((entry) => multiple(entry, sessions, breaks, false)));
  find("unscored-part").hidden = !unscored.length;
}

function multiple({ label, unit, norm, points }, sessions, breaks, scored) {
  const shown = points.map((point, index) => {
    if (!point || (scored && point.score === null)) return null;
    const [low, high] = (scored && point.interval) || [null, null];
    const title = `${label} ${figure(point.value, unit)}: ${sessions[index].title}, ${day(sessions[index].created)}`;
    return { value: scored ? point.score : point.value, low, high, coverage: point.coverage, title };
  });
  const values = points.filter(Boolean).map(({ value }) => value);
  const spread = Math.max(...values) - Math.min(...values) || 1;
  const range = scored ? [0, 100] : [Math.min(...values) - 0.1 * spread, Math.max(...values) + 0.1 * spread];
  const [before, last] = points.filter(Boolean).slice(-2).length > 1 ? points.filter(Boolean).slice(-2) : [null, points.findLast(Boolean)];
  return element(
    "figure",
    { className: "multiple" },
    element("figcaption", {}, element("strong", { textContent: label }), element("span", { className: "figures", textContent: figure(last.value, unit) })),
    lines(shown, { range, ticks: scored ? [0, 100] : [], breaks: scored ? breaks : new Set(), name: `${label} over ${sessions.length} sessions` }),
    element("p", { className: "soft small" }, before ? `Before: ${figure(before.value, unit)}. ` : "", scored ? `Good: ${norm}` : norm),
  );
}

load();
