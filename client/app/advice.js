// What to keep and what to work on, each with a moment to listen to and an exercise. See scoring/advice.schema.json.

import { element, find, text } from "./common.js";
import { moments, signed } from "./figures.js";
import { pointsShown } from "./waterfall.js";

const ASK_AGAIN_MS = 2000;
/** After so many the language model is not waited for any longer. */
const MOST_ASKED = 20;
/** Points of its score from which on a change is worth mentioning. */
const CHANGED = 5;

/** `report` is that which the advice is on. */
export function showAdvice({ by, note, pending, keep, work_on: workOn, missing }, report) {
  find("advice").hidden = !keep.length && !workOn.length && !missing;
  find("advice-body").replaceChildren(
    column("Keep doing", keep, missing?.keep, ({ indicator }) => {
      const points = pointsShown(report, indicator);
      return points === undefined ? null : `${signed(points)} points`;
    }),
    column("Work on", workOn, missing?.work_on, ({ points }) => `up to ${points.toFixed(1)} points more`),
  );
  const writing = pending ? "Chosen by rules; a language model is writing its own at the moment." : null;
  const gemini = by === "gemini" ? "Written by Gemini from the transcript and the figures; points and changes are measured." : null;
  find("advice-by").textContent = writing ?? gemini ?? note ?? "Chosen by rules: what gave most points, what could give most, and what changed.";
}

/** Shows what `ask()` answers, and asks again while a better one is on its way. */
export async function followAdvice(ask, report) {
  for (let asked = 0; asked < MOST_ASKED; asked += 1) {
    const advice = await ask();
    showAdvice(advice, report);
    if (!advice.pending) return;
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
  }
}

/** The report's own strengths and improvements, in the shape of advice. */
export function ownAdvice({ strengths, improvements }) {
  const item = ({ label, ...rest }) => ({ ...rest, title: label, exercise: null, change: null });
  return { by: "rules", note: null, keep: strengths.map(item), work_on: improvements.map(item) };
}

function column(title, list, missing, points) {
  return element(
    "div",
    { className: "advice-column" },
    text("h2", "", title),
    element("ol", {}, ...list.map((item) => adviceItem(item, points(item)))),
    list.length < 3 && missing ? text("p", "soft small none", missing) : list.length ? null : text("p", "soft none", "Nothing stands out."),
  );
}

function adviceItem({ title, text: said, exercise, moment: when, change }, points) {
  const since = change !== null && Math.abs(change) >= CHANGED ? `its score ${signed(change, 0)} since last time` : null;
  return element(
    "li",
    {},
    text("h3", "", title),
    text("p", "worth figures", [points, since].filter(Boolean).join(" · ")),
    text("p", "text", said),
    when && moments([when]),
    exercise && element("p", { className: "exercise" }, text("b", "", "Exercise "), exercise),
  );
}
