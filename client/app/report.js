// The report page. Works as a page of the server and as a single file with the report, the styles and the modules
// inside it (server/standalone.py): data comes from the element #report-data where there is one, else from the
// server. See scoring/report.schema.json for its shape.

import { Actions } from "./actions.js";
import { followAdvice, ownAdvice, showAdvice } from "./advice.js";
import { showAnswers } from "./answers.js";
import { getJson } from "./api.js";
import { clock, element, find, text } from "./common.js";
import { showExpressions } from "./expressions.js";
import { markRail, showInterview, withPlaces } from "./interview.js";
import { showObserved } from "./observed.js";
import { Replay } from "./replay.js";
import { Rescoring } from "./rescoring.js";
import { showScores } from "./scores.js";
import { Reasons } from "./waterfall.js";

const CONTENTS = [
  ["interview", "Interview"],
  ["advice", "Advice"],
  ["replay", "Replay"],
  ["answers", "Answers"],
  ["reasons", "Reasons"],
  ["time", "Over time"],
  ["expressions", "Expressions"],
  ["observed", "Observed"],
];
const MOST_WAITED_S = 60;
const ENDED = {
  abandoned: "ended because the page did not come back",
  interrupted: "interrupted when the server stopped",
  shutdown: "ended when the server was stopped",
};
const KEPT = {
  scores: "Only scores were kept of this session: what was said is not in the report.",
  none: "Nothing is kept of this session: in a few minutes the report is gone. Download or print it if you want to read it again.",
};

/** A report that was embedded into the page, or the one that the server has. */
async function load() {
  const embedded = find("report-data");
  try {
    if (embedded) await standAlone(JSON.parse(embedded.textContent));
    else if (location.pathname.startsWith("/rooms/")) await ofInterview();
    else await fromServer();
  } catch (error) {
    if (error.name !== "ApiError") console.error(error);
    unavailable(error);
  }
}

async function standAlone({ report, advice }) {
  for (const part of document.querySelectorAll(".site-only")) part.hidden = true;
  show(report);
  new Actions(report, null);
  showAdvice(advice ?? ownAdvice(report), report);
  const replay = new Replay(report);
  contents();
  await replay.charts.draw();
}

async function fromServer() {
  const id = location.pathname.split("/").filter(Boolean).pop();
  const at = `/api/sessions/${id}`;
  const rubric = new URLSearchParams(location.search).get("rubric");
  const query = rubric === null ? "" : `?rubric=${encodeURIComponent(rubric)}`;
  const stored = JSON.parse(sessionStorage.getItem("rapport.session") ?? "null");
  const token = stored?.id === decodeURIComponent(id) ? stored.token : undefined;
  const ask = (path) => getJson(`${at}${path}`, { token });

  const report = await ask(`/report${query}`);
  show(report);
  new Actions(report, at, query, token);
  const rescoring = new Rescoring(at, rubric, token);
  find("again").addEventListener("click", () => rescoring.open());
  const replay = new Replay(report);
  contents();
  const film = () => ask("").then((session) => session.film).catch(() => null);
  film().then((found) => replay.record(found, film));
  followAdvice(() => ask(`/advice${query}`), report).catch(() => showAdvice(ownAdvice(report), report));
  if (report.session.keep !== "none") rescoring.list().catch(console.error);
  await replay.charts.draw();
}

/** An interview's, as far as the asker may see it: beside what was measured, what people noted and thought. */
async function ofInterview() {
  const id = location.pathname.split("/").filter(Boolean)[1];
  const review = await written(`/api/rooms/${id}/review`);
  for (const part of document.querySelectorAll(".site-only:not(.page-header)")) part.hidden = true;
  showInterview(review);
  const me = review.room.members.find(({ id: member }) => member === review.me);
  find("to-sessions").hidden = !me.owner;
  if (!review.report) return;
  const report = withPlaces(review.report);
  const all = !report.withheld.length;
  const own = me.role === "candidate";
  // Whoever had the seat last is whom the report is about: with the candidate of a session goes the room.
  const candidate = review.room.members.filter(({ role }) => role === "candidate").at(-1).name;
  const names = new Map(review.room.members.map(({ id: member, name }) => [member, name]));
  const askers = new Map(review.found.map(({ t, by }) => [t, names.get(by)]));
  report.questions = report.questions.map((question) => ({ ...question, asker: askers.get(question.asked_at) }));
  if (all) show(report, own ? null : candidate);
  else {
    head(report);
    showAnswers(report, own ? null : candidate);
  }
  new Actions(report, null);
  if (own) showAdvice(ownAdvice(report), report);
  else find("advice").hidden = true;
  const others = review.speech.map(({ by, ...said }) => ({ ...said, name: names.get(by) ?? "Somebody" }));
  const replay = new Replay(report, { candidate, others });
  for (const name of report.withheld) find(name).hidden = true;
  markRail(review, report.session.duration_s);
  contents();
  if (all) await replay.charts.draw();
}

/** The review once its report is there, which takes a moment after the end of the interview. */
async function written(path) {
  for (let waited = 0; ; waited += 1) {
    const review = await getJson(path);
    if (!review.pending || waited === MOST_WAITED_S) return review;
    find("message").replaceChildren(text("p", "soft", "The report is being written …"));
    await new Promise((done) => setTimeout(done, 1000));
  }
}

function show(report, name = null) {
  head(report);
  showScores(report);
  showAnswers(report, name);
  new Reasons(report);
  showExpressions(report);
  showObserved(report);
  find("message").hidden = true;
  find("report").hidden = false;
}

function head({ session, questions }) {
  const title = session.title || "Practice";
  document.title = `${title} · Rapport`;
  find("title").textContent = title;
  const date = new Date(session.created).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const asked = questions.length ? `${questions.length} question${questions.length > 1 ? "s" : ""}` : null;
  find("about").textContent = [date, `${clock(session.duration_s)} min`, asked, ENDED[session.ended]].filter(Boolean).join(" · ");
  find("kept").hidden = !KEPT[session.keep];
  find("kept").textContent = KEPT[session.keep] ?? "";
}

function contents() {
  const present = CONTENTS.filter(([id]) => !find(id).hidden);
  find("contents").replaceChildren(...present.map(([id, name]) => element("a", { href: `#${id}`, textContent: name })));
}

function unavailable({ status, message }) {
  const titles = { 0: "The server cannot be reached", 401: "You are not signed in", 404: "There is no such session", 409: "This session is still under way" };
  const back = element("a", { className: "button site-only", href: "/", textContent: "All sessions" });
  const ofRoom = location.pathname.startsWith("/rooms/");
  if (ofRoom) {
    titles[401] = "You are not in the room";
    find("to-sessions").hidden = true;
  }
  find("message").replaceChildren(text("h1", "", titles[status] ?? "The report cannot be shown"), text("p", "soft", message), ...(ofRoom ? [] : [back]));
  find("message").hidden = false;
  find("report").hidden = true;
}

load();
