// Home: choose questions and start, look back at past sessions.

import { getJson, request } from "./api.js";
import { SUBSCORES, clock, element, find, icon } from "./common.js";
import { likely } from "./figures.js";
import { Questions } from "./questions.js";
import { Rooms } from "./rooms.js";

const STORED = "rapport.session";

async function load() {
  showUnfinished();
  try {
    const [bank, { sessions }] = await Promise.all([getJson("/api/questions"), getJson("/api/sessions")]);
    questions.show(bank);
    find("start").disabled = false;
    showSessions(sessions);
    rooms.list();
  } catch (error) {
    if (error.status === 401) signedOut();
    else showProblem(error.message);
  } finally {
    find("past-loading").hidden = true;
  }
}

function signedOut() {
  for (const section of document.querySelectorAll(".start, .past")) section.hidden = true;
  find("signed-out").hidden = false;
  find("signed-out-title").focus();
}

function showProblem(text) {
  find("past-problem").replaceChildren(text);
  find("past-problem").hidden = false;
}

// --- start ---

const questions = new Questions(find("start-form"));
const rooms = new Rooms(find("start-form"));

function showUnfinished() {
  let stored = null;
  try {
    stored = JSON.parse(sessionStorage.getItem(STORED));
  } catch {
    // Not ours, or broken: nothing to go back to.
  }
  find("unfinished").hidden = stored?.step !== "live";
}

find("forget").addEventListener("click", () => {
  sessionStorage.removeItem(STORED);
  showUnfinished();
  find("title").focus();
});

find("start-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await questions.ready())) return;
  if (rooms.wanted) return rooms.create();
  sessionStorage.removeItem(STORED);
  find("start-form").submit();
});

// --- past sessions ---

function showSessions(sessions) {
  find("legend").replaceChildren(...SUBSCORES.map(({ key, name }) => element("li", { className: key, textContent: name })));
  find("sessions").replaceChildren(...sessions.map(row));
  showEmpty();
}

function showEmpty() {
  const none = !find("sessions").children.length;
  find("empty").hidden = !none;
  find("legend").hidden = none;
}

function row(session) {
  const { id, title, subscores, overall, interval, intervals } = session;
  const name = title || "Practice";
  const link = element("a", { href: `/sessions/${encodeURIComponent(id)}`, textContent: name });
  const remove = element("button", { type: "button", className: "button plain remove", title: "Delete", aria: { label: `Delete ${name}` } }, icon("bin"));
  const number = value(overall);
  const item = element(
    "li",
    { className: "session" },
    element("div", {}, element("h3", {}, link), element("p", { className: "when figures", textContent: about(session) })),
    element(
      "p",
      { className: `overall figures ${number === null ? "absent" : ""}` },
      element("span", { className: "unseen", textContent: number === null ? "No overall score" : "Overall " }),
      element("span", { textContent: number === null ? "–" : Math.round(number), aria: { hidden: number === null } }),
      interval && element("span", { className: "likely", textContent: `likely ${likely(interval)}` }),
    ),
    remove,
    element("ul", { className: "bars" }, ...SUBSCORES.map((subscore) => smallBar(subscore, value(subscores?.[subscore.key]), likely(intervals?.[subscore.key])))),
  );
  remove.addEventListener("click", () => confirmRemoval(item, id, name, remove));
  return item;
}

/** A score may come as a number or as {score}. */
const value = (score) => (typeof score === "object" ? (score?.score ?? null) : (score ?? null));

const STATES = { created: "not started", live: "under way", waiting: "waiting for you", ending: "ending" };

function about({ created, duration_s, state }) {
  const date = new Date(typeof created === "number" ? created * 1000 : created);
  const day = date.toLocaleString(undefined, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  return [day, duration_s ? `${clock(duration_s)} min` : null, STATES[state]].filter(Boolean).join(" · ");
}

/** `range` as in "likely 55–68", or null. */
function smallBar({ key, name }, score, range) {
  const fill = element("span");
  const text = score === null ? "–" : String(Math.round(score));
  if (score !== null) fill.style.setProperty("--value", score);
  return element(
    "li",
    { className: `${key} figures ${score === null ? "absent" : ""}`, title: `${name}: ${score === null ? "no score" : text}${range ? `, likely ${range}` : ""}` },
    element("span", { className: "unseen", textContent: `${name}: ` }),
    element("span", { className: "bar", aria: { hidden: "true" } }, fill),
    element("span", { textContent: text }),
    range && element("span", { className: "likely" }, element("span", { className: "unseen", textContent: ", likely " }), range),
  );
}

function confirmRemoval(item, id, name, remove) {
  if (item.querySelector(".confirm")) return;
  const yes = element("button", { type: "button", className: "button danger", textContent: "Delete for good" });
  const no = element("button", { type: "button", className: "button plain", textContent: "Keep it" });
  const text = element("p", { textContent: "Delete the session with everything measured in it?" });
  const question = element("div", { className: "confirm", role: "group", aria: { label: `Delete ${name}?` } }, text, yes, no);
  no.addEventListener("click", () => {
    question.remove();
    remove.focus();
  });
  yes.addEventListener("click", async () => {
    yes.disabled = true;
    try {
      await request(`/api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
      item.remove();
      find("said").textContent = `${name} was deleted.`;
      find("past-title").focus();
      showEmpty();
    } catch (error) {
      text.textContent = error.message;
      yes.disabled = false;
    }
  });
  item.append(question);
  yes.focus();
}

load();
