// What people noted and thought of an interview, beside what was measured and never inside it.

import { SUBSCORES, clock, element, find, text } from "./common.js";
import { moment } from "./figures.js";

const SHARED = {
  everything: "Everything that was measured was shared with the interviewers.",
  content: "Only the content of answers was shared with the interviewers.",
  none: "Nothing that was measured was shared with the interviewers.",
};
const MARK_NAMES = { strong: "Strong", "follow up": "Follow up", unclear: "Unclear", note: "Note" };
/** Parts of the page that need what is not shared with `content`. */
const NEEDS_ALL = ["scores", "reasons", "time", "observed"];
const DELIVERY = ["speech_rate", "filler_words", "response_latency_s", "pause_share", "eye_contact", "eye_contact_speaking", "eye_contact_listening"];
const none = (names) => Object.fromEntries(names.map((name) => [name, null]));
/** Alpha from which on, and from which on with care, ratings may be relied on: Krippendorff, "Content Analysis", 11.4. */
const RELIABLE = 0.8;
const TENTATIVE = 0.667;

export function showInterview({ room, me, scorecard, consent, report, marks, ratings, agreement, questions }) {
  const people = Map.groupBy(room.members, ({ role }) => role);
  const names = (role) => (people.get(role) ?? []).map(({ name }) => name).join(", ");
  document.title = `${room.title} · Rapport`;
  find("title").textContent = room.title;
  find("about").textContent = new Date(room.created).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const held = `${names("interviewer") || "Nobody"} interviewed ${names("candidate") || "nobody"}. ${SHARED[consent.report] ?? SHARED.none}`;
  find("interview-text").textContent = held;
  const candidate = room.members.some(({ id, role }) => id === me && role === "candidate");
  find("interview-body").replaceChildren(
    ...[
      report ? null : text("p", "notice", room.state === "ended" ? "There is no report of this interview: nothing was measured, kept or shared." : "The interview still goes on: what was measured can be read once it has ended."),
      marksPart(marks, candidate),
      ratingsPart(ratings, scorecard, report, candidate, questions),
      agreementPart(agreement),
      report && !report.overall ? sharedScore(report) : null,
    ].filter(Boolean),
  );
  find("interview").hidden = false;
  find("message").hidden = true;
  find("report").hidden = false;
}

/** Marks on the axis of time. */
export function markRail({ marks }, duration) {
  const placed = marks.filter(({ t }) => t !== null);
  find("marks").append(
    ...placed.map(({ t, mark, text: words, name }) =>
      element("span", { className: "marked-at", title: `${MARK_NAMES[mark]}, ${name}, ${clock(t)}${words ? `: ${words}` : ""}`, dataset: { mark }, style: { "--start": Math.min(1, t / Math.max(duration, 0.001)) } }),
    ),
  );
  if (placed.length) find("marks-key").append(element("span", {}, element("i", { className: "marked-at", dataset: { mark: "strong" }, aria: { hidden: "true" } }), "interviewer’s mark"));
}

/** A report with empty places for what was not shared; `withheld` names the parts of the page that it cannot fill. */
export function withPlaces(report) {
  if (report.overall) return { ...report, withheld: [] };
  const absent = { score: null, interval: null, coverage: 0, reason: "Not shared", contributions: [] };
  return {
    ...report,
    overall: absent,
    subscores: Object.fromEntries(SUBSCORES.map(({ key, name }) => [key, report.subscores?.[key] ?? { ...absent, label: name }])),
    questions: report.questions.map((question) => ({
      ...none(DELIVERY),
      ...question,
      quality: question.quality && { ...none(["sentiment", "grammar"]), ...question.quality },
    })),
    gaps: [],
    nudges: [],
    strengths: [],
    improvements: [],
    withheld: NEEDS_ALL,
  };
}

const interviewPart = (title, ...children) => element("section", { className: "interview-part", aria: { label: title } }, text("h3", "", title), ...children);

function marksPart(marks, candidate) {
  if (!marks.length) return interviewPart("Marks", text("p", "soft", candidate ? "No marks were shared with you." : "No marks were made."));
  const items = marks.map(({ t, mark, text: words, name }) => {
    const note = `${MARK_NAMES[mark]}${words ? `: ${words}` : ""}`;
    const said = t === null ? text("span", "", note) : moment({ start: t, note });
    return element("li", { dataset: { mark } }, element("i", { className: "mark-sign", aria: { hidden: "true" } }), said, text("span", "soft small", name));
  });
  return interviewPart("Marks", element("ul", { className: "interview-marks" }, ...items));
}

/** One column for each who rated, one row for each thing rated; `questions` are the rated ones, by the room's index. */
function ratingsPart(ratings, scorecard, report, candidate, questions) {
  const rated = new Map(questions.map((each) => [each.index, each]));
  // A report counts the questions that were asked, a room those that were planned.
  const asked = (question) => report?.questions?.findIndex(({ id }) => id === rated.get(question)?.id) ?? -1;
  const given = ratings.filter(({ ratings: values, note }) => values.length || note);
  if (!given.length) return interviewPart("Ratings", text("p", "soft", candidate ? "No ratings were shared with you." : "Nothing was rated."));
  const labels = new Map(scorecard.map(({ id, label }) => [id, label]));
  const units = new Map();
  for (const { ratings: values } of given) for (const { criterion, question } of values) units.set(`${question ?? 1e6} ${criterion}`, { criterion, question });
  const rows = [...units].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true })).map(([, { criterion, question }]) => {
    const place = question === null ? "whole interview" : (rated.get(question)?.text ?? `question ${question + 1}`);
    const cells = given.map(({ ratings: values }) => values.find((each) => each.criterion === criterion && each.question === question)?.value ?? "–");
    const measured = question === null ? null : (report?.questions?.[asked(question)]?.quality?.relevance ?? null);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, labels.get(criterion) ?? criterion, text("span", "soft small", ` ${place}`)),
      ...cells.map((cell) => text("td", "", String(cell))),
      text("td", "soft", measured === null || criterion !== "content" ? "" : `${Math.round(100 * measured)} % to the point`),
    );
  });
  const head = element("tr", {}, text("th", "", "Of 5"), ...given.map(({ name, handed_in: done }) => text("th", "", done ? name : `${name}, not handed in`)), text("th", "soft", "Measured"));
  const notes = given.filter(({ note }) => note).map(({ name, note }) => element("p", {}, text("strong", "", `${name}: `), note));
  const table = element("table", { className: "figures" }, element("thead", {}, head), element("tbody", {}, ...rows));
  return interviewPart("Ratings", element("div", { className: "table-scroll", tabIndex: 0, role: "region", aria: { label: "Who rated what" } }, table), ...notes);
}

function agreementPart(agreement) {
  if (!agreement) return null;
  const { alpha, raters } = agreement;
  if (alpha === null) return interviewPart("Agreement", text("p", "", `${raters} people rated; what they rated in common is too little, or too much the same, to say how far they agree.`));
  const words = alpha >= RELIABLE ? "they see the same" : alpha >= TENTATIVE ? "good enough for careful conclusions" : "too far apart to be averaged; talk about where you differ";
  return interviewPart("Agreement", text("p", "", `Krippendorff’s alpha of ${raters} raters is ${alpha.toFixed(2)}: ${words}. 1 is full agreement, 0 what chance alone would give.`));
}

function sharedScore({ subscores }) {
  const { label, score } = subscores.skill_relevance;
  return interviewPart("Measured and shared", text("p", "figures", `${label}: ${score === null ? "no score" : `${Math.round(score)} of 100`}`));
}
