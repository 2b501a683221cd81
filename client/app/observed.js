// How much was observed, what was not and why, the nudges, and what the report was made with.

import { clock, element, find, text } from "./common.js";
import { percent, sentence } from "./figures.js";

const SOURCES = { camera: "Camera", microphone: "Microphone", transcription: "Transcription" };

export function showObserved({ coverage, gaps, nudges, versions, session }) {
  const covers = Object.entries(SOURCES).map(([key, name]) => cover(name, coverage[key]));
  const spans = gaps.map(({ start, end, source, reason }) =>
    element("li", {}, text("time", "", `${clock(start)}–${clock(end)}`), `${SOURCES[source]}: ${reason}`),
  );
  const given = nudges.map(({ t, text: nudge }) => element("li", {}, text("time", "", clock(t)), nudge));
  const models = Object.entries(versions.models).map(([name, version]) => `${name} ${version}`);
  const made = [`Rapport ${versions.rapport}`, `rubric ${versions.rubric}`, ...models, `session ${session.id}`];
  if (session.source === "live") made.push(session.calibrated ? "calibrated" : "not calibrated");
  if (session.read_twice) made.push(`${session.read_twice} of ${session.utterances} utterances read twice`);
  const list = (title, items, none, className = "") =>
    element("div", { className }, text("h3", "", title), items.length ? element("ul", { className: "plain-list" }, ...items) : text("p", "soft", none));
  find("observed-body").replaceChildren(
    element("div", {}, text("h3", "", "How much"), ...covers),
    list("Gaps", spans, "No break was noted."),
    list("Nudges given", given, "None was needed.", "on-screen"),
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
