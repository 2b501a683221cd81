// The report page. Works as a page of the server and as a single file with the report and the styles inside it,
// so this module imports nothing: data comes from the element #report-data where there is one, else from the
// server. See scoring/report.schema.json for its shape.

const SUBSCORES = ["confidence", "communication", "skill_relevance", "engagement"];
const SOURCES = { camera: "Camera", microphone: "Microphone", transcription: "Transcription" };
const UNCERTAIN_BELOW = 0.5;
const TABLE_STEP_S = 15;
const CONTENTS = [
  ["advice", "Advice"],
  ["reasons", "Reasons"],
  ["time", "Over time"],
  ["answers", "Answers"],
  ["expressions", "Expressions"],
  ["transcript", "Transcript"],
  ["observed", "Observed"],
];

const find = (id) => document.getElementById(id);

// --- getting it ---

class Unavailable extends Error {
  constructor(title, text) {
    super(text);
    this.title = title;
  }
}

async function fetchReport() {
  const id = location.pathname.split("/").filter(Boolean).pop();
  const headers = {};
  const stored = JSON.parse(sessionStorage.getItem("rapport.session") ?? "null");
  if (stored?.id === decodeURIComponent(id)) headers.Authorization = `Bearer ${stored.token}`;
  let response;
  try {
    response = await fetch(`/api/sessions/${id}/report`, { headers });
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

async function load() {
  const embedded = find("report-data");
  if (embedded) for (const part of document.querySelectorAll(".site-only")) part.hidden = true;
  try {
    const report = embedded ? JSON.parse(embedded.textContent) : await fetchReport();
    show(report);
    await showCharts(report);
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

/** An element with properties and children; text only, so that data never becomes markup. */
function element(tag, properties = {}, ...children) {
  const { style, aria, dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  for (const [name, value] of Object.entries(aria ?? {})) made.setAttribute(`aria-${name}`, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const text = (tag, className, content) => element(tag, { className, textContent: content });

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

const sentence = (words) => words[0].toUpperCase() + words.slice(1);
const whole = (score) => (score === null ? "–" : String(Math.round(score)));
const percent = (share) => `${Math.round(100 * share)} %`;

function quantity({ value, unit }) {
  if (value === null) return "not observed";
  const figure = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toFixed(1)));
  return unit ? `${figure} ${unit}` : figure;
}

/** A moment, linked to the words said then where they were kept. */
function moment(report, { start, end, note }) {
  const span = end - start >= 1 ? `${clock(start)}–${clock(end)}` : clock(start);
  const inside = [text("time", "", span), note ? text("span", "", note) : null];
  const line = report.transcript.findLastIndex((said) => said.start <= end && said.end >= start);
  if (line < 0) return element("span", { className: "moment" }, ...inside);
  return element("a", { className: "moment", href: `#said-${line}` }, ...inside);
}

const moments = (report, list) => element("div", { className: "moments" }, ...list.map((each) => moment(report, each)));

// --- the parts ---

function show(report) {
  head(report);
  summary(report);
  advice(report);
  reasons(report);
  answers(report);
  expressions(report);
  transcript(report);
  observed(report);
  find("message").hidden = true;
  find("report").hidden = false;
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
  const rows = SUBSCORES.map((key) => subscoreRow(key, subscores[key]));
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
      element("ul", {}, ...list.map((item) => adviceItem(report, item, points(item.points)))),
      list.length ? null : text("p", "soft lead", "Nothing stands out."),
    );
  find("advice").replaceChildren(
    column("Keep doing", strengths, (points) => `gave ${points.toFixed(1)} points`),
    column("Work on", improvements, (points) => `up to ${points.toFixed(1)} points more`),
  );
}

function adviceItem(report, { label, text: said, moment: when }, points) {
  return element(
    "li",
    {},
    element("p", { className: "head figures" }, text("span", "", label), text("span", "", points)),
    text("p", "text", said),
    when && moments(report, [when]),
  );
}

function reasons(report) {
  const { subscores, indicators } = report;
  const used = new Set(SUBSCORES.flatMap((key) => subscores[key].contributions.map(({ indicator }) => indicator)));
  const rest = Object.keys(indicators).filter((key) => !used.has(key));
  const unseen = rest.filter((key) => indicators[key].value === null);
  const unscored = rest.filter((key) => indicators[key].value !== null);
  find("reasons-body").replaceChildren(
    ...SUBSCORES.map((key) => reasonGroup(report, key)),
    unscored.length ? group("Shown, not scored", unscored.map((key) => unscoredIndicator(report, indicators[key]))) : "",
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
  return element("details", { className: "indicator" }, summaryLine, inside(report, indicator, score));
}

function unscoredIndicator(report, indicator) {
  const summaryLine = element("summary", {}, text("span", "name", indicator.label), text("span", "value figures", quantity(indicator)));
  return element("details", { className: "indicator unscored" }, summaryLine, inside(report, indicator, null));
}

function inside(report, indicator, score) {
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
    indicator.moments.length ? moments(report, indicator.moments) : null,
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

function transcript({ transcript: lines, questions, nudges }) {
  find("transcript").hidden = !lines.length;
  const rows = [];
  let question = null;
  const waiting = [...nudges];
  for (const [index, line] of lines.entries()) {
    while (waiting.length && waiting[0].t < line.start) rows.push(nudgeLine(waiting.shift()));
    if (line.question !== question && line.question !== null) rows.push(text("h3", "", questions[line.question]?.text ?? ""));
    question = line.question;
    rows.push(spokenLine(line, index));
  }
  rows.push(...waiting.map(nudgeLine));
  find("transcript-body").replaceChildren(...rows);
}

function spokenLine({ start, text: plain, words, filled_pauses: pauses = [] }, index) {
  const shown = [...words];
  for (const { sound, before, start: at } of [...pauses].reverse()) shown.splice(before, 0, { text: `(${sound})`, start: at, mark: "filler" });
  const said = shown.length
    ? shown.flatMap(({ text: word, start: at, mark }) => [element("span", { className: mark ?? "", textContent: word, title: mark ? `${mark}, ${clock(at)}` : "" }), " "])
    : [plain];
  return element("div", { className: "line", id: `said-${index}` }, text("time", "", clock(start)), element("p", {}, ...said));
}

const nudgeLine = ({ t, text: nudge }) =>
  element("div", { className: "line nudged" }, text("time", "", clock(t)), text("p", "", nudge));

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

// --- over time ---

const PANELS = [
  { title: "Subscores", range: [0, 104], sources: ["camera", "microphone"], lines: SUBSCORES, height: 3 },
  { title: "Pace, words a minute", sources: ["microphone", "transcription"], lines: ["speech_rate"], height: 1.5 },
  { title: "Eye contact, %", range: [0, 104], sources: ["camera"], lines: ["eye_contact"], height: 1.5, factor: 100 },
  { title: "Pitch, semitones about your median", sources: ["microphone"], lines: ["pitch"], height: 1.5 },
  { title: "Loudness, dB", sources: ["microphone"], lines: ["intensity"], height: 1.5 },
];

async function showCharts(report) {
  const { series } = report;
  find("time").hidden = series.t.length < 2;
  const marked = [report.gaps.length ? "Shaded: not observed." : "", report.nudges.length ? "Dotted: a nudge was given." : ""];
  find("time-text").textContent = ["Scores of the last minute and signals, second by second.", ...marked].filter(Boolean).join(" ");
  if (find("time").hidden) return;
  seriesTable(report);
  // Reading the charts' code takes a second, for which the words of the report must not wait.
  await painted();
  try {
    await plotly();
  } catch {
    find("charts").replaceChildren(text("p", "soft", "The charts could not be loaded; the table below has the same figures."));
    find("time-table").open = true;
    return;
  }
  const draw = () => plot(report);
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

const frame = () => new Promise(requestAnimationFrame);

/** Resolves when what the page says now has been painted. */
async function painted() {
  await frame();
  await frame();
  await new Promise((done) => setTimeout(done));
}

function plotly() {
  if (window.Plotly) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = element("script", { src: "/static/vendor/plotly.min.js" });
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("plotly could not be loaded")));
    document.head.append(script);
  });
}

/** The colour that a custom property has now, in the scheme in use. */
function colour(name) {
  const probe = element("span", { style: { color: `var(--${name})` } });
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function plot(report) {
  const { series, subscores } = report;
  const [ink, soft, line] = ["ink", "soft", "line"].map(colour);
  const narrow = find("charts").clientWidth < 600;
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: soft };
  const domains = stack(PANELS.map(({ height }) => height));
  const traces = PANELS.flatMap(({ lines, factor = 1 }, panel) =>
    lines.map((key) => ({
      x: series.t,
      y: series[key].map((value) => (value === null ? null : factor * value)),
      customdata: series.t.map(clock),
      name: subscores[key]?.label ?? PANELS[panel].title.split(",")[0],
      showlegend: panel === 0,
      mode: "lines",
      connectgaps: false,
      line: { width: panel ? 1.75 : 2.25, color: panel ? ink : colour(key) },
      xaxis: "x",
      yaxis: panel ? `y${panel + 1}` : "y",
      hovertemplate: "%{customdata} · %{y:.0f}<extra>%{fullData.name}</extra>",
    })),
  );
  const layout = {
    height: narrow ? 880 : 820,
    margin: { l: narrow ? 34 : 44, r: 8, t: 56, b: 36 },
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    font,
    hovermode: "closest",
    hoverlabel: { font: { family: font.family } },
    legend: { orientation: "h", x: 0, y: 1.0, yanchor: "bottom", font: { size: 13, color: ink } },
    dragmode: false,
    xaxis: { ...ticks(report.session.duration_s, narrow), anchor: `y${PANELS.length}`, showgrid: false, zeroline: false, fixedrange: true, linecolor: line },
    shapes: [...gapShapes(report, domains, line), ...markShapes(report, soft, line)],
    annotations: [...panelTitles(domains, font, ink), ...questionMarks(report, font)],
  };
  PANELS.forEach(({ range }, panel) => {
    layout[panel ? `yaxis${panel + 1}` : "yaxis"] = {
      domain: domains[panel], range, nticks: 4, gridcolor: line, zeroline: false, fixedrange: true, rangemode: "normal",
    };
  });
  window.Plotly.react("charts", traces, layout, { displayModeBar: false, responsive: true });
}

/** Panels from the top down as [bottom, top] shares of the height, with room for a title above each. */
function stack(heights) {
  const gap = 0.055;
  const unit = (1 - gap * heights.length) / heights.reduce((sum, height) => sum + height, 0);
  let top = 1;
  return heights.map((height) => {
    const domain = [Math.max(0, top - gap - unit * height), top - gap];
    top = domain[0];
    return domain;
  });
}

function ticks(duration, narrow) {
  const steps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];
  const step = steps.find((each) => duration / each <= (narrow ? 5 : 12)) ?? 3600;
  const values = Array.from({ length: Math.floor(duration / step) + 1 }, (_, index) => index * step);
  return { tickvals: values, ticktext: values.map(clock), range: [0, duration] };
}

/** Shades what was not observed; where two sources are missing it is darker. */
function gapShapes({ gaps }, domains, fillcolor) {
  return gaps.flatMap(({ start, end, source }) =>
    PANELS.flatMap(({ sources }, panel) => {
      if (!sources.includes(source)) return [];
      const [y0, y1] = domains[panel];
      return [{ type: "rect", xref: "x", yref: "paper", x0: start, x1: end, y0, y1, fillcolor, line: { width: 0 }, layer: "below" }];
    }),
  );
}

function markShapes({ nudges, questions }, nudgeColour, questionColour) {
  const rule = (x, style) => ({ type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, layer: "below", line: style });
  return [
    ...questions.map(({ asked_at: t }) => rule(t, { color: questionColour, width: 1 })),
    ...nudges.map(({ t }) => rule(t, { color: nudgeColour, width: 1, dash: "dot" })),
  ];
}

function panelTitles(domains, font, color) {
  return PANELS.map(({ title }, panel) => ({
    text: title, xref: "paper", yref: "paper", x: 0, y: domains[panel][1], xanchor: "left", yanchor: "bottom",
    showarrow: false, font: { ...font, size: 13, color },
  })).slice(1);
}

function questionMarks({ questions }, font) {
  return questions.map(({ asked_at: t, index }) => ({
    text: `Q${index + 1}`, xref: "x", yref: "paper", x: t, y: 0.948, xanchor: "left", yanchor: "bottom", xshift: 2, showarrow: false, font: { ...font, size: 11 },
  }));
}

function seriesTable({ series, subscores }) {
  const columns = [
    ...SUBSCORES.map((key) => [subscores[key].label, key, 1]),
    ["Pace", "speech_rate", 1],
    ["Eye contact, %", "eye_contact", 100],
    ["Pitch", "pitch", 1],
    ["Loudness, dB", "intensity", 1],
  ];
  const step = Math.max(1, Math.min(TABLE_STEP_S, Math.floor(series.t.length / 4)));
  const shown = series.t.map((_, index) => index).filter((index) => (index + 1) % step === 0);
  const cell = (value, factor) => text("td", "", value === null ? "–" : (factor * value).toFixed(0));
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...["Time", ...columns.map(([name]) => name)].map((name) => element("th", { scope: "col", textContent: name })))),
    element("tbody", {}, ...shown.map((index) => element("tr", {}, text("td", "", clock(series.t[index])), ...columns.map(([, key, factor]) => cell(series[key][index], factor))))),
  );
  find("time-table").append(element("div", { className: "table-scroll", tabIndex: 0, role: "region", aria: { label: "Figures over time" } }, table));
}

load();
