// Why a score is what it is: from the baseline, where nothing speaks for or against, step by step to the score.

import { SUBSCORES, SUBSCORE_KEYS, element, find, text } from "./common.js";
import { addingUp, likely, moments, percent, quantity, signed, whole } from "./figures.js";

const BASELINE = 50;
/** Points below which steps stand together in one fold. */
const SMALL = 0.1;
/** Points to each side of what is drawn. */
const MARGIN_OF_STEPS = 2;
const WAYS = [["indicator", "By signal"], ["question", "By question"]];

export class Reasons {
  constructor(report) {
    this.report = report;
    this.which = "overall";
    this.way = "indicator";
    const scores = [["overall", "Overall"], ...SUBSCORES.map(({ key }) => [key, report.subscores[key].label])];
    const byQuestion = report.questions.length > 1 && report.overall.waterfall;
    find("reasons-choice").replaceChildren(
      choice("Score", "which", scores, this.which, (which) => this.show({ which })),
      byQuestion ? choice("Steps", "way", WAYS, this.way, (way) => this.show({ way })) : "",
    );
    this.show({});
    find("reasons-rest").replaceChildren(...rest(report));
  }

  show({ which = this.which, way = this.way }) {
    Object.assign(this, { which, way });
    const { report } = this;
    const score = which === "overall" ? { label: "Overall", ...report.overall } : report.subscores[which];
    const steps = stepsOf(report, which);
    find("reasons-body").className = `waterfall ${which} by-${way}`;
    find("reasons-body").replaceChildren(
      text("h3", "unseen", score.label),
      ...(score.score === null ? [text("p", "soft none", `No score. ${score.reason}.`)] : fall(report, score, way === "question" ? questionSteps(report, steps) : indicatorSteps(report, steps))),
    );
  }
}

function choice(name, group, options, chosen, change) {
  const radios = options.map(([value, label]) => {
    const radio = element("input", { type: "radio", name: `reasons-${group}`, value, checked: value === chosen });
    radio.addEventListener("change", () => change(value));
    return element("label", { className: value }, radio, text("span", "", label));
  });
  return element("fieldset", { className: "segments" }, text("legend", "unseen", name), ...radios);
}

// --- what it is made of ---

/** Signed points by indicator; in reports of older versions they follow from what each contributed. */
function stepsOf({ overall, subscores }, which) {
  const { waterfall, contributions } = which === "overall" ? overall : subscores[which];
  if (waterfall) return waterfall;
  const parts = which === "overall"
    ? contributions.flatMap(({ indicator: name, possible }) => subscores[name].contributions.map((part) => ({ ...part, possible: (part.possible * possible) / 100 })))
    : contributions;
  const points = new Map();
  for (const { indicator, possible, score } of parts) points.set(indicator, (points.get(indicator) ?? 0) + (possible / 100) * (score - BASELINE));
  return [...points]
    .map(([indicator, sum]) => ({ indicator, points: sum, questions: [] }))
    .sort((a, b) => b.points - a.points);
}

/** The subscore that an indicator gives most to, whose colour it bears. */
function home({ subscores }, indicator) {
  const given = (key) => subscores[key].contributions.find((part) => part.indicator === indicator)?.possible ?? 0;
  return SUBSCORE_KEYS.reduce((most, key) => (given(key) > given(most) ? key : most));
}

/** Points of an indicator in the overall score, as the steps to it show them; undefined where it is none of them. */
export function pointsShown({ overall }, indicator) {
  const steps = overall.waterfall ?? [];
  return addingUp(steps.map(({ points }) => points), overall.score - BASELINE)[steps.findIndex((step) => step.indicator === indicator)];
}

function indicatorSteps(report, steps) {
  return steps.map(({ indicator: key, points, questions }) => {
    const indicator = report.indicators[key];
    return { name: indicator.label, value: quantity(indicator), colour: home(report, key), points, inside: () => indicatorInside(report, indicator, questions) };
  });
}

function questionSteps(report, steps) {
  const byQuestion = new Map();
  for (const { indicator, questions } of steps) {
    for (const { question, points } of questions) byQuestion.set(question, [...(byQuestion.get(question) ?? []), { indicator, points }]);
  }
  const made = [...byQuestion].map(([index, parts]) => ({
    name: index === null ? "Before the first question" : `Question ${index + 1}`,
    value: report.questions[index]?.text ?? "",
    points: parts.reduce((sum, { points }) => sum + points, 0),
    inside: () => questionInside(report, index, parts),
  }));
  return made.sort((a, b) => b.points - a.points);
}

// --- how it is shown ---

function fall(report, { label, score, interval }, steps) {
  const shown = addingUp(steps.map(({ points }) => points), score - BASELINE);
  const small = steps.map((_, index) => index).filter((index) => Math.abs(shown[index]) < SMALL);
  const order = small.length > 1 ? steps.map((_, index) => index).filter((index) => !small.includes(index)) : steps.map((_, index) => index);
  let at = BASELINE;
  const spans = order.map((index) => {
    const from = at;
    at += shown[index];
    return [from, at];
  });
  const ends = [BASELINE, score, ...spans.flat(), ...(interval ?? [])];
  const [low, high] = [Math.min(...ends) - MARGIN_OF_STEPS, Math.max(...ends) + MARGIN_OF_STEPS];
  const place = (value) => (value - low) / (high - low);
  const style = { "--base": place(BASELINE) };
  const range = likely(interval);
  const total = [
    interval && element("span", { className: "range", style: { "--from": place(interval[0]), "--to": place(interval[1]) } }),
    element("span", { className: "point", style: { "--at": place(score) } }),
  ];
  return [
    row("baseline", style, "Where nothing speaks for or against", "", [], BASELINE.toFixed(1)),
    ...order.map((index, place_) => step(steps[index], shown[index], spans[place_].map(place), style)),
    ...(small.length > 1 ? [smallSteps(small.map((index) => [steps[index], shown[index]]), style)] : []),
    row("total", style, label, range ? `likely ${range}` : "", total, score.toFixed(1)),
    asTable(report, label, steps, shown, score),
  ];
}

const track = (style, ...parts) => element("span", { className: "track", style, aria: { hidden: "true" } }, ...parts);

function row(className, style, name, value, parts, points) {
  return element("div", { className: `step ${className}` }, text("span", "name", name), text("span", "value figures", value), track(style, ...parts), text("span", "points figures", points));
}

function step({ name, value, colour = "", points, inside }, shown, [from, to], style) {
  const bar = element("span", { className: points < 0 ? "loss" : "gain", style: { "--from": Math.min(from, to), "--to": Math.max(from, to) } });
  const summary = element(
    "summary",
    { className: `step ${colour}` },
    text("span", "name", name),
    text("span", "value figures", value),
    track(style, bar),
    text("span", "points figures", signed(shown)),
  );
  return fold("reason", summary, inside);
}

function smallSteps(steps, style) {
  const summary = element("summary", { className: "step small-steps" }, text("span", "name", `${steps.length} more`), text("span", "value", `less than ${SMALL} points each`), track(style), text("span", "points figures", "0.0"));
  const list = () => element("ul", { className: "plain-list" }, ...steps.map(([{ name, value }]) => element("li", {}, text("strong", "", name), ` ${value}`)));
  return fold("reason", summary, list);
}

/** Its inside is made when it is opened first. */
function fold(className, summary, inside) {
  const made = element("details", { className }, summary);
  made.addEventListener("toggle", () => made.append(element("div", { className: "inside" }, inside())), { once: true });
  return made;
}

function facts(list) {
  const there = list.filter(([, fact]) => fact);
  return element("dl", {}, ...there.flatMap(([name, fact]) => [text("dt", "", name), element("dd", {}, fact)]));
}

/** `questions` are the same points by question; none where there are no questions or the report is older. */
function indicatorInside(report, indicator, questions) {
  const { score, interval, value, coverage } = indicator;
  const range = likely(interval);
  const parts = report.questions.length > 1 ? questions.filter(({ points }) => Math.abs(points) >= SMALL / 2) : [];
  return element(
    "div",
    {},
    text("p", "", indicator.explanation),
    indicator.moments.length ? moments(indicator.moments) : null,
    facts([
      ["Good is", indicator.norm],
      ["Scored", score === null ? null : `${whole(score)} of 100${range ? `, likely ${range}` : ""}`],
      ["Observed", value === null ? null : `${percent(coverage)} of the evidence`],
      ["By question", parts.length ? parts.map(({ question, points }) => `${question === null ? "before" : `Q${question + 1}`} ${signed(points)}`).join(" · ") : null],
      ["Source", indicator.source],
    ]),
  );
}

function questionInside({ indicators }, index, parts) {
  const sorted = parts.filter(({ points }) => Math.abs(points) >= SMALL / 2).sort((a, b) => b.points - a.points);
  const items = sorted.map(({ indicator, points }) => element("li", {}, element("b", { className: "figures" }, signed(points)), text("span", "", indicators[indicator].label)));
  return element(
    "div",
    {},
    element("ul", { className: "parts" }, ...items),
    index === null ? null : element("p", {}, element("a", { href: `#answer-${index + 1}`, textContent: `See answer ${index + 1}` })),
  );
}

function asTable({ overall }, label, steps, shown, score) {
  const made = element("details", { className: "as-table" }, text("summary", "", "The same as a table"));
  made.addEventListener("toggle", () => made.append(stepsTable(label, steps, shown, score, overall.baseline ?? BASELINE)), { once: true });
  return made;
}

function stepsTable(label, steps, shown, score, baseline) {
  let at = baseline;
  const line = (...cells) => element("tr", {}, ...cells.map((content, place) => element(place ? "td" : "th", place ? {} : { scope: "row" }, content)));
  const lines = steps.map(({ name, value }, index) => {
    at += shown[index];
    return line(name, value, signed(shown[index]), at.toFixed(1));
  });
  const head = element("tr", {}, ...["Step", "Measured", "Points", "So far"].map((name) => element("th", { scope: "col", textContent: name })));
  const body = element("tbody", {}, line("Baseline", "", "", baseline.toFixed(1)), ...lines, line(label, "", "", score.toFixed(1)));
  return element("div", { className: "table-scroll", tabIndex: 0, role: "region", aria: { label: `Points of ${label}` } }, element("table", {}, element("thead", {}, head), body));
}

// --- what is part of no score ---

function rest(report) {
  const { subscores, indicators } = report;
  const used = new Set(SUBSCORE_KEYS.flatMap((key) => subscores[key].contributions.map(({ indicator }) => indicator)));
  const keys = Object.keys(indicators).filter((key) => !used.has(key));
  const unscored = keys.filter((key) => indicators[key].value !== null);
  const unseen = keys.filter((key) => indicators[key].value === null);
  return [
    unscored.length ? fold("rest", text("summary", "", `Shown, not scored: ${unscored.length}`), () => element("div", {}, ...unscored.map((key) => unscoredRow(report, indicators[key])))) : "",
    unseen.length ? fold("rest", text("summary", "", `Not observed: ${unseen.length}`), () => element("ul", { className: "plain-list" }, ...unobserved(unseen.map((key) => indicators[key])))) : "",
  ];
}

function unscoredRow(report, indicator) {
  const summary = element("summary", { className: "step" }, text("span", "name", indicator.label), text("span", "value figures", quantity(indicator)));
  return fold("reason", summary, () => indicatorInside(report, indicator, []));
}

/** Indicators that share the reason for their absence on one line. */
function unobserved(indicators) {
  const byReason = Map.groupBy(indicators, ({ explanation }) => explanation);
  return [...byReason].map(([reason, list]) => element("li", {}, text("strong", "", reason), ` ${list.map(({ label }) => label).join(", ")}`));
}
