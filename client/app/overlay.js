// The overlay beside a candidate's picture: what is measured now, how sure it is, and why. It says nothing about what
// to decide. What the candidate does not share does not arrive, and has no place here.

import { SUBSCORES, TRENDS, UNCERTAIN_BELOW, clock, element, text, write } from "./common.js";
import { likely, percent, quantity, signed } from "./figures.js";

const NUMBERS_MS = 500;
const PAUSE_S = 2;
const DENSITIES = [
  ["minimal", "Minimal"],
  ["standard", "Standard"],
  ["full", "Full"],
];
const STORED = "rapport.overlay";

/** The figures that are not scores: key, name, unit, whether only the full overlay has them, text or null, reason. */
const VITALS = [
  { key: "pace", name: "Pace", unit: "words a minute", of: ({ live }) => rounded(live?.speech_rate), shared: ({ live }) => live && "speech_rate" in live, why: "Words a minute over the last 20 s of speech." },
  { key: "eye-contact", name: "Eye contact", unit: "of the last 20 s", of: ({ live }) => maybe(live?.eye_contact, percent), shared: ({ live }) => live && "eye_contact" in live, why: "Share of the last 20 s in which the gaze was on the camera. Looking at you on the screen is beside it." },
  { key: "fillers", name: "Filler words", unit: "so far", of: ({ live }) => (live?.words ? String(live.filler_words) : null), shared: ({ live }) => live && "filler_words" in live, why: "Words such as “um” or “you know” since the beginning." },
  { key: "pauses", name: "Pauses", unit: `of ${PAUSE_S} s or more in this answer`, of: (_, { pauses }) => pauses, shared: ({ voice }) => Boolean(voice), why: `Silences of ${PAUSE_S} s or more since the question was asked.` },
  { key: "talk", name: "Talk", unit: "so far", of: ({ talk }) => talkText(talk), unitOf: ({ talk }) => talkUnit(talk), shared: ({ talk }) => Boolean(talk), why: "How long the candidate has spoken; the share of all speech once an interviewer’s words are written down, too." },
  { key: "words", name: "Words", unit: "so far", full: true, of: ({ live }) => rounded(live?.words), shared: ({ live }) => live && "words" in live, why: "Words recognised since the beginning." },
  { key: "smile", name: "Smile", unit: "now", full: true, of: ({ live }) => maybe(live?.smile, percent), shared: ({ live }) => live && "smile" in live, why: "How much the mouth smiles now, by its shape; not what is felt." },
  { key: "loudness", name: "Loudness", unit: "dB", full: true, of: ({ live }) => rounded(live?.intensity_db), shared: ({ live }) => live && "intensity_db" in live, why: "Of the voice now, relative to full scale." },
];

const maybe = (value, format) => (value === null || value === undefined ? null : format(value));
const rounded = (value) => maybe(value, (number) => String(Math.round(number)));

function talkText(talk) {
  if (!talk) return null;
  const share = talkShare(talk);
  return share === null ? clock(talk.candidate) : percent(share);
}

function talkUnit(talk) {
  const share = talkShare(talk);
  return share === null ? "so far" : `interviewers ${percent(1 - share)}`;
}

/** The candidate's share of all speech; null where nobody else is listened to, or nobody spoke. */
function talkShare({ candidate, others }) {
  return others === null || candidate + others === 0 ? null : candidate / (candidate + others);
}

export class Overlay {
  #pausedSince = null;
  #pauses = 0;

  constructor(root) {
    this.root = root;
    this.scores = new Map([["overall", new Figure("overall", "Overall", "", (why) => this.#say(why))]]);
    for (const { key, name } of SUBSCORES) this.scores.set(key, new Figure(key, name, "", (why) => this.#say(why)));
    this.vitals = new Map(VITALS.map(({ key, name, unit, full }) => [key, new Figure(key, name, unit, (why) => this.#say(why), full ? "only-full" : "")]));
    this.face = text("span", "sign", "Looking…");
    this.voice = text("span", "sign", "Listening…");
    this.trouble = element("p", { className: "trouble small", role: "status" });
    this.why = element("p", { className: "why soft small", role: "status" });
    this.empty = text("p", "soft small empty-overlay", "");
    this.signs = element("div", { className: "signs" }, this.face, this.voice);
    this.figures = element(
      "div",
      { className: "figures-grid" },
      element("div", { className: "overlay-scores" }, ...[...this.scores.values()].map(({ root: each }) => each)),
      element("div", { className: "overlay-vitals" }, ...[...this.vitals.values()].map(({ root: each }) => each)),
    );
    root.replaceChildren(this.#head(), this.signs, this.trouble, this.figures, this.why, this.empty);
    this.density = DENSITIES.some(([key]) => key === localStorage.getItem(STORED)) ? localStorage.getItem(STORED) : "standard";
    this.choose(this.density);
    this.consent(null);
  }

  start() {
    this.timer ??= setInterval(() => this.#numbers(), NUMBERS_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  choose(density) {
    this.density = this.root.dataset.density = density;
    localStorage.setItem(STORED, density);
    for (const button of this.choices) button.setAttribute("aria-pressed", button.dataset.density === density);
  }

  /** The next density, by key. */
  turn() {
    const at = DENSITIES.findIndex(([key]) => key === this.density);
    this.choose(DENSITIES[(at + 1) % DENSITIES.length][0]);
  }

  /** What is shared from now on; what was shown under another choice goes at once. */
  consent(choice) {
    this.choice = choice;
    this.newest = this.moved = undefined;
    this.#restart();
    this.signs.hidden = true;
    this.trouble.replaceChildren();
    this.figures.hidden = true;
    this.why.textContent = "";
    this.empty.hidden = false;
    this.empty.textContent =
      choice === null ? "Nothing is shown before the candidate chooses what to share." : choice === "none" ? "The candidate takes part without analysis." : "Nothing measured has arrived yet.";
  }

  /** Why nothing arrives. */
  explain(sentence) {
    this.empty.textContent = sentence;
  }

  question() {
    this.#restart();
  }

  /** A connection counts its snapshots afresh. */
  disconnected() {
    this.consent(this.choice);
  }

  /** What moves each subscore most; it is shown with the next figures. */
  reasons(data) {
    this.moved = data;
  }

  snapshot(data) {
    if (this.newest && data.seq <= this.newest.seq && data.t <= this.newest.t) return;
    const first = !this.newest;
    this.newest = data;
    this.received = performance.now();
    this.#presence(data);
    if (first) this.#numbers();
  }

  // --- inside ---

  #head() {
    this.choices = DENSITIES.map(([key, name]) => {
      const button = element("button", { type: "button", textContent: name, dataset: { density: key }, aria: { pressed: "false" } });
      button.addEventListener("click", () => this.choose(key));
      return button;
    });
    return element("div", { className: "overlay-head" }, text("h2", "", "Measured now"), element("div", { className: "densities", role: "group", title: "D", aria: { label: "How much is shown", keyshortcuts: "D" } }, ...this.choices));
  }

  #restart() {
    this.#pauses = 0;
    this.#pausedSince = null;
  }

  /** Signs change at once: they are what an eye can follow. */
  #presence({ face, voice, picture, sound, t }) {
    this.signs.hidden = !face && !voice;
    this.face.hidden = !face;
    this.voice.hidden = !voice;
    this.empty.hidden = true;
    if (face) {
      this.face.dataset.present = face.present ?? "unknown";
      write(this.face, faceText(face));
    }
    if (voice) {
      this.voice.dataset.speaking = voice.speaking ?? "unknown";
      write(this.voice, voice.speaking === null ? "Microphone off" : voice.speaking ? "Speaking" : "Quiet");
      if (voice.speaking === false) this.#pausedSince ??= t;
      else {
        if (this.#pausedSince !== null && t - this.#pausedSince >= PAUSE_S) this.#pauses += 1;
        this.#pausedSince = null;
      }
    }
    const titles = [picture?.title, sound?.title].filter(Boolean);
    write(this.trouble, titles.join(" · "));
  }

  #numbers() {
    const data = this.newest;
    if (!data) return;
    const since = Math.min(2, (performance.now() - this.received) / 1000);
    this.root.dispatchEvent(new CustomEvent("time", { detail: { t: data.t + since, answer: maybe(data.live?.answer_seconds, (seconds) => seconds + since) } }));
    this.figures.hidden = false;
    for (const [key, figure] of this.scores) {
      const score = key === "overall" ? data.overall : data.subscores?.[key];
      figure.root.hidden = !score;
      if (score) figure.score(score, Object.values(this.moved?.[key] ?? {}));
    }
    const paused = this.#pausedSince === null ? 0 : data.t + since - this.#pausedSince;
    const pauses = paused >= PAUSE_S ? `${this.#pauses + 1}, now ${Math.floor(paused)} s` : String(this.#pauses);
    for (const { key, of, shared, why, unitOf } of VITALS) {
      const figure = this.vitals.get(key);
      figure.root.hidden = !shared(data);
      if (figure.root.hidden) continue;
      figure.value(of(data, { pauses }), why);
      if (unitOf) figure.measure(unitOf(data));
    }
  }

  #say(why) {
    write(this.why, why);
  }
}

/** A figure that says why when it is pointed at, reached by keyboard or tapped. */
class Figure {
  constructor(key, name, unit, say, className = "") {
    this.name = name;
    this.output = text("output", "figures", "–");
    this.trend = element("span", { className: "trend", aria: { hidden: "true" } });
    this.likely = text("span", "likely soft figures", "");
    this.bar = element("span");
    this.band = element("span", { className: "band" });
    this.drivers = element("span", { className: "drivers only-full", aria: { hidden: "true" } });
    const scored = !unit;
    this.unit = text("span", "soft figure-unit", unit);
    this.root = element(
      "button",
      { type: "button", className: `figure absent ${scored ? `scored ${key}` : ""} ${className}`, id: `now-${key}` },
      text("span", "figure-name", name),
      element("span", { className: "figure-value" }, this.output, this.trend, this.likely),
      ...(scored ? [element("span", { className: "bar", aria: { hidden: "true" } }, this.bar, this.band), this.drivers] : [this.unit]),
    );
    for (const event of ["pointerenter", "focus", "click"]) this.root.addEventListener(event, () => say(`${this.name}: ${this.why}`));
    this.why = "not enough to go on yet.";
  }

  /** `moved` is what moves it most: indicators with the points that they give or take. */
  score({ score, interval, coverage, trend, reason }, moved) {
    const absent = score === null;
    const uncertain = !absent && coverage < UNCERTAIN_BELOW;
    this.root.classList.toggle("absent", absent);
    this.root.classList.toggle("uncertain", uncertain);
    write(this.output, absent ? "–" : String(Math.round(score)));
    write(this.trend, absent ? "" : TRENDS[trend][0]);
    write(this.likely, absent || !interval ? "" : likely(interval));
    if (!absent) this.bar.style.setProperty("--value", score);
    if (interval) {
      this.band.style.setProperty("--low", interval[0]);
      this.band.style.setProperty("--high", interval[1]);
    }
    const shown = absent ? [] : moved;
    while (this.drivers.children.length > shown.length) this.drivers.lastChild.remove();
    while (this.drivers.children.length < shown.length) this.drivers.append(element("span", {}, text("span", "", ""), text("span", "figures", "")));
    for (const [at, { label, points }] of shown.entries()) {
      const line = this.drivers.children[at];
      line.className = points < 0 ? "takes" : "gives";
      write(line.firstChild, label);
      write(line.lastChild, signed(points, 0));
    }
    const because = shown.length ? ` Moved most, from 50, by ${shown.map((each) => `${each.label.toLowerCase()} ${quantity(each)} (${signed(each.points)})`).join(", ")}.` : "";
    const seen = `${percent(coverage)} of the evidence was observed`;
    if (absent) this.why = reason ?? "not enough to go on yet.";
    else this.why = `${Math.round(score)} of 100, ${TRENDS[trend][1]}${interval ? `, likely ${likely(interval)}` : ""}; ${seen}.${because}${uncertain ? ` ${reason ?? "Still uncertain."}` : ""}`;
    this.#label();
  }

  value(shown, why) {
    this.root.classList.toggle("absent", shown === null);
    write(this.output, shown ?? "–");
    this.why = shown === null ? `not observed now. ${why}` : why;
    this.#label(shown);
  }

  measure(unit) {
    write(this.unit, unit);
  }

  #label(shown = this.output.textContent) {
    const label = `${this.name}: ${shown ?? "not observed"}. ${this.why}`;
    if (this.root.getAttribute("aria-label") !== label) this.root.setAttribute("aria-label", label);
  }
}

function faceText({ present, count, on_camera: onCamera }) {
  if (present === null) return "Camera off";
  if (!present) return "Face not in view";
  if (count > 1) return `${count} people in view`;
  return onCamera ? "On camera" : "Face in view";
}
