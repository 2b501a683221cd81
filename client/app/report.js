// The report page. Works as a page of the server and as a single file with the report, the styles and the modules
// inside it (server/standalone.py): data comes from the element #report-data where there is one, else from the
// server. See scoring/report.schema.json for its shape.

import { SUBSCORE_KEYS, UNCERTAIN_BELOW, clock, element, find, text } from "./common.js";
import { Replay } from "./replay.js";

const SOURCES = { camera: "Camera", microphone: "Microphone", transcription: "Transcription" };
const CONTENTS = [
  ["replay", "Replay"],
  ["advice", "Advice"],
  ["reasons", "Reasons"],
  ["time", "Over time"],
  ["answers", "Answers"],
  ["expressions", "Expressions"],
  ["observed", "Observed"],
];

// --- getting it ---

class Unavailable extends Error {
  constructor(title, text) {
    super(text);
    this.title = title;
  }
}

function ask(path) {
  const id = location.pathname.split("/").filter(Boolean).pop();
  const headers = {};
  const stored = JSON.parse(sessionStorage.getItem("rapport.session") ?? "null");
  if (stored?.id === decodeURIComponent(id)) headers.Authorization = `Bearer ${stored.token}`;
  return fetch(`/api/sessions/${id}${path}`, { headers });
}

async function fetchReport() {
  let response;
  try {
    response = await ask("/report");
  } catch {
    throw new Unavailable("The server cannot be reached", "Check that it is running, then load this page again.");
  }
  if (response.ok) return response.json();
  const { error } = await response.json().catch(() => ({}));
  const titles = { 401: "You are not signed in", 404: "There is no such session", 409: "This session is still under way" };
  const helps = { 401: "Open the address that the server printed when it started." };
  const title = titles[response.status] ?? "The report cannot be shown";
  throw new Unavailable(title, helps[response.status] ?? error ?? `The server answered ${response.status}.`);
}

/** What the server knows of the recording; nothing when it cannot be asked. */
async function fetchFilm() {
  try {
    const response = await ask("");
    return response.ok ? (await response.json()).film : null;
  } catch {
    return null;
  }
}

async function load() {
  const embedded = find("report-data");
  if (embedded) for (const part of document.querySelectorAll(".site-only")) part.hidden = true;
  try {
    const report = embedded ? JSON.parse(embedded.textContent) : await fetchReport();
    show(report);
    const replay = new Replay(report);
    contents();
    if (!embedded) fetchFilm().then((film) => replay.record(film, fetchFilm));
    await replay.charts.draw();
  } catch (error) {
    if (!(error instanceof Unavailable)) console.error(error);
    const title = error.title ?? "The report cannot be shown";
    const back = element("a", { className: "button site-only", href: "/", textContent: "All sessions" });
    find("message").replaceChildren(element("h1", { textContent: title }), element("p", { className: "soft", textContent: error.message }), back);
    find("message").hidden = false;
    find("report").hidden = true;
  }
}

// --- building blocks ---

const sentence = (words) => words[0].toUpperCase() + words.slice(1);
const whole = (score) => (score === null ? "–" : String(Math.round(score)));
const percent = (share) => `${Math.round(100 * share)} %`;

function quantity({ value, unit }) {
  if (value === null) return "not observed";
  const figure = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toFixed(1)));
  return unit ? `${figure} ${unit}` : figure;
}

/** A moment, which leads the replay to its time. */
function moment({ start, end, note }) {
  const span = end - start >= 1 ? `${clock(start)}–${clock(end)}` : clock(start);
  const inside = [text("time", "", span), note ? text("span", "", note) : null];
  return element("a", { className: "moment", href: "#replay", dataset: { t: start } }, ...inside);
}

const moments = (list) => element("div", { className: "moments" }, ...list.map(moment));

// --- the parts ---

function show(report) {
  head(report);
  summary(report);
  advice(report);
  reasons(report);
  answers(report);
  expressions(report);
  observed(report);
  find("message").hidden = true;
  find("report").hidden = false;
}

function contents() {
  const present = CONTENTS.filter(([id]) => !find(id).hidden);
  find("contents").replaceChildren(...present.map(([id, name]) => element("a", { href: `#${id}`, textContent: name })));
}

const ENDED = {
  abandoned: "ended because the page did not come back",
  interrupted: "interrupted when the server stopped",
  shutdown: "ended when the server was stopped",
};
const KEPT = {
  scores: "Only scores were kept of this session: what you said is not in the report.",
  none: "Nothing is kept of this session: in a few minutes the report is gone. Download or print it if you want to read it again.",
};

function head({ session, ...report }) {
  const title = session.title || "Practice";
  document.title = `${title} · Rapport`;
  find("title").textContent = title;
  const date = new Date(session.created).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const questions = report.questions.length;
  const asked = questions ? `${questions} question${questions > 1 ? "s" : ""}` : null;
  find("about").textContent = [date, `${clock(session.duration_s)} min`, asked, ENDED[session.ended]].filter(Boolean).join(" · ");
  find("kept").hidden = !KEPT[session.keep];
  find("kept").textContent = KEPT[session.keep] ?? "";
  find("print").addEventListener("click", () => print());
  find("download").addEventListener("click", () => download({ ...report, session }));
}

function download(report) {
  const file = new Blob([JSON.stringify(report, null, 2)], { type: "application/json" });
  const url = URL.createObjectURL(file);
  element("a", { href: url, download: `rapport-${report.session.id}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function summary({ overall, subscores }) {
  const none = overall.score === null;
  const figure = element(
    "div",
    { className: "overall" },
    text("h2", "", "Overall"),
    text("p", `number figures ${none ? "none" : ""}`, whole(overall.score)),
    text("p", "of", none ? `${overall.reason}.` : `of 100, from ${percent(overall.coverage)} of the evidence`),
  );
  const rows = SUBSCORE_KEYS.map((key) => subscoreRow(key, subscores[key]));
  find("scores").replaceChildren(figure, element("div", { className: "subscores" }, ...rows), sum({ overall, subscores }) ?? "");
}

function subscoreRow(key, { label, score, coverage, reason }) {
  const state = score === null ? "absent" : coverage < UNCERTAIN_BELOW ? "uncertain" : "";
  const note = score === null ? `${reason}.` : state ? `Uncertain: only ${percent(coverage)} of the evidence was observed.` : null;
  return element(
    "div",
    { className: `subscore ${key} ${state}` },
    text("h3", "", label),
    element("span", { className: "bar", aria: { hidden: "true" } }, element("span", { style: { "--value": score ?? 0 } })),
    text("p", "number figures", whole(score)),
    note && text("p", "note", note),
  );
}

/** How the subscores make up the overall score. */
function sum({ overall, subscores }) {
  if (!overall.contributions.length) return null;
  const parts = overall.contributions.map(({ indicator: key, points, possible }) =>
    element("span", { className: key, style: { "--possible": possible, "--share": points / possible } }),
  );
  const words = overall.contributions.flatMap(({ indicator: key, points, possible }, index) => [
    index ? " + " : "",
    text("b", `${key} figures`, points.toFixed(1)),
    ` ${subscores[key].label.toLowerCase()} of ${possible.toFixed(0)}`,
  ]);
  return element(
    "div",
    { className: "sum" },
    element("div", { className: "sum-bar", aria: { hidden: "true" } }, ...parts),
    element("p", { className: "figures" }, `${overall.score.toFixed(1)} = `, ...words),
  );
}

function advice(report) {
  const { strengths, improvements } = report;
  find("advice").hidden = !strengths.length && !improvements.length;
  const column = (title, list, points) =>
    element(
      "div",
      {},
      text("h2", "", title),
      element("ul", {}, ...list.map((item) => adviceItem(item, points(item.points)))),
      list.length ? null : text("p", "soft lead", "Nothing stands out."),
    );
  find("advice").replaceChildren(
    column("Keep doing", strengths, (points) => `gave ${points.toFixed(1)} points`),
    column("Work on", improvements, (points) => `up to ${points.toFixed(1)} points more`),
  );
}

function adviceItem({ label, text: said, moment: when }, points) {
  return element(
    "li",
    {},
    element("p", { className: "head figures" }, text("span", "", label), text("span", "", points)),
    text("p", "text", said),
    when && moments([when]),
  );
}

function reasons(report) {
  const { subscores, indicators } = report;
  const used = new Set(SUBSCORE_KEYS.flatMap((key) => subscores[key].contributions.map(({ indicator }) => indicator)));
  const rest = Object.keys(indicators).filter((key) => !used.has(key));
  const unseen = rest.filter((key) => indicators[key].value === null);
  const unscored = rest.filter((key) => indicators[key].value !== null);
  find("reasons-body").replaceChildren(
    ...SUBSCORE_KEYS.map((key) => reasonGroup(report, key)),
    unscored.length ? group("Shown, not scored", unscored.map((key) => unscoredIndicator(indicators[key]))) : "",
    unseen.length ? group("Not observed", [element("ul", { className: "plain-list" }, ...unobserved(unseen.map((key) => indicators[key])))]) : "",
  );
}

const group = (title, children) =>
  element("div", { className: "reason-group" }, element("header", {}, text("h3", "", title)), ...children);

/** Indicators that share the reason for their absence on one line. */
function unobserved(indicators) {
  const byReason = Map.groupBy(indicators, ({ explanation }) => explanation);
  return [...byReason].map(([reason, list]) => element("li", {}, text("strong", "", reason), ` ${list.map(({ label }) => label).join(", ")}`));
}

function reasonGroup(report, key) {
  const { label, score, reason, contributions } = report.subscores[key];
  const most = Math.max(...contributions.map(({ possible }) => possible));
  return element(
    "div",
    { className: `reason-group ${key}` },
    element("header", {}, text("h3", "", label), text("span", "total figures", score === null ? "–" : score.toFixed(1))),
    score === null ? text("p", "", `No score: ${reason}.`) : null,
    ...contributions.map((contribution) => scoredIndicator(report, contribution, most)),
  );
}

function scoredIndicator(report, { indicator: key, points, possible, score }, most) {
  const indicator = report.indicators[key];
  const bar = element("span", { style: { "--share": points / possible } });
  const summaryLine = element(
    "summary",
    {},
    text("span", "name", indicator.label),
    text("span", "value figures", quantity(indicator)),
    element("span", { className: "possible", style: { "--length": possible / most }, aria: { hidden: "true" } }, bar),
    element("span", { className: "points figures" }, points.toFixed(1), text("span", "soft", ` of ${possible.toFixed(1)}`)),
  );
  return element("details", { className: "indicator" }, summaryLine, inside(indicator, score));
}

function unscoredIndicator(indicator) {
  const summaryLine = element("summary", {}, text("span", "name", indicator.label), text("span", "value figures", quantity(indicator)));
  return element("details", { className: "indicator unscored" }, summaryLine, inside(indicator, null));
}

function inside(indicator, score) {
  const facts = [
    ["Good is", indicator.norm],
    ["Scored", score === null ? null : `${score.toFixed(0)} of 100`],
    ["Observed", indicator.value === null ? null : `${percent(indicator.coverage)} of the evidence`],
    ["Source", indicator.source],
  ].filter(([, fact]) => fact);
  return element(
    "div",
    { className: "inside" },
    text("p", "", indicator.explanation),
    indicator.moments.length ? moments(indicator.moments) : null,
    element("dl", {}, ...facts.flatMap(([name, fact]) => [text("dt", "", name), text("dd", "", fact)])),
  );
}

function answers({ questions }) {
  find("answers").hidden = !questions.length;
  find("answers-body").replaceChildren(...questions.map((question) => answer(question, questions.length)));
}

function answer(question, count) {
  const rate = question.speech_rate;
  const { response_latency_s: latency, articulation_rate: syllables = null, pause_share: pauses = null } = question;
  const { eye_contact: looks = null, eye_contact_speaking: speaking = null, eye_contact_listening: silent = null } = question;
  const parts = [[speaking, "while speaking"], [silent, "while not"]].filter(([share]) => share !== null);
  const facts = [
    ["Length", clock(question.answer_seconds), ` of about ${clock(question.seconds)}`],
    ["Words", String(question.words), ""],
    ["Pace", rate === null ? "–" : String(Math.round(rate)), rate === null ? "" : " words a minute"],
    ["While speaking", syllables === null ? "–" : syllables.toFixed(1), syllables === null ? "" : " syllables a second"],
    ["Pauses", pauses === null ? "–" : String(Math.round(pauses)), pauses === null ? "" : " % of the answer"],
    [
      "Eye contact",
      looks === null ? "–" : `${Math.round(looks)} %`,
      looks === null ? "" : parts.map(([share, when]) => ` · ${Math.round(share)} % ${when}`).join(""),
    ],
    ["Filler words", String(question.filler_words), ""],
    ["Before answering", latency === null ? "–" : latency.toFixed(1), latency === null ? "" : " s"],
  ];
  const said = question.answer
    ? element("details", {}, text("summary", "", "What you said"), text("blockquote", "", question.answer))
    : null;
  return element(
    "li",
    { className: "answer" },
    text("p", "place figures", `Question ${question.index + 1} of ${count} · ${sentence(question.topic)} · at ${clock(question.asked_at)}`),
    text("h3", "", question.text),
    element(
      "dl",
      { className: "figures" },
      ...facts.map(([name, value, unit]) =>
        element("div", {}, text("dt", "", name), element("dd", {}, value, unit ? text("span", "soft", unit) : null)),
      ),
    ),
    said,
  );
}

const ESTIMATED = {
  rules: "Estimated by simple rules on points of the face, without a model: rough, and neutral unless a change is plain.",
  model: "Estimated by the model",
};
const LOOKED_AT = {
  "class activation": "orange where the model found it (class activation)",
  occlusion: "orange where covering the face changed the estimate most",
};

/** Only there when the candidate switched it on; reports from before it do not know it. */
function expressions({ expressions: found, session, versions }) {
  find("expressions").hidden = !found;
  if (!found) return;
  const { method, samples, shares, series, pictures } = found;
  const by = method === "model" ? `${ESTIMATED.model} ${versions.models.expression}.` : (ESTIMATED[method] ?? "");
  find("expressions-text").textContent = `An estimate of what your face showed, not of what you felt. It is part of no score. ${by} ${samples ? "The darker, the likelier it was at that time." : ""}`;
  if (!samples) return find("expressions-body").replaceChildren(text("p", "", "Your face could not be read: it was out of view or turned away."));
  const rows = Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => expressionRow(name, share, series));
  const axis = element("div", { className: "expression-row figures soft small", aria: { hidden: "true" } }, element("div", { className: "axis" }, text("span", "", "0:00"), text("span", "", clock(session.duration_s))));
  find("expressions-body").replaceChildren(...rows, axis, ...(pictures.length ? [element("div", { className: "expression-pictures" }, ...pictures.map(expressionPicture))] : []));
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

function observed({ coverage, gaps, nudges, versions, session }) {
  const covers = Object.entries(SOURCES).map(([key, name]) => cover(name, coverage[key]));
  const spans = gaps.map(({ start, end, source, reason }) =>
    element("li", {}, text("time", "", `${clock(start)}–${clock(end)}`), `${SOURCES[source]}: ${reason}`),
  );
  const given = nudges.map(({ t, text: nudge }) => element("li", {}, text("time", "", clock(t)), nudge));
  const models = Object.entries(versions.models).map(([name, version]) => `${name} ${version}`);
  const made = [`Rapport ${versions.rapport}`, `rubric ${versions.rubric}`, ...models, `session ${session.id}`];
  if (session.source === "live") made.push(session.calibrated ? "calibrated" : "not calibrated");
  if (session.read_twice) made.push(`${session.read_twice} of ${session.utterances} utterances read twice`);
  const list = (title, items, none) =>
    element("div", {}, text("h3", "", title), items.length ? element("ul", { className: "plain-list" }, ...items) : text("p", "soft", none));
  find("observed-body").replaceChildren(
    element("div", {}, text("h3", "", "How much"), ...covers),
    list("Gaps", spans, "None: everything was observed without a break."),
    list("Nudges given", given, "None was needed."),
    element("div", {}, text("h3", "", "Made with"), text("p", "soft small", made.join(" · "))),
  );
}

function cover(name, { observed_s: seconds, share, reason }) {
  return element(
    "div",
    { className: `cover ${share ? "" : "absent"}` },
    text("span", "", name),
    element("span", { className: "bar", aria: { hidden: "true" } }, element("span", { style: { "--value": 100 * share } })),
    element("span", { className: "figures", title: `${clock(seconds)} min` }, percent(share)),
    reason && text("span", "note", sentence(reason)),
  );
}

load();
