// The live view: turns messages into what the candidate sees. It knows no connection and no device.
//
// Face and voice are shown at once, numbers at most twice a second, so that they can be read.

import { SUBSCORES, TRENDS, UNCERTAIN_BELOW, capital, clock, element, find, write } from "./common.js";

const NUMBERS_MS = 500;
const NUDGE_MS = 7000;
const CAPTION_WORDS = 45;
const ESTIMATES = { model: "estimate", rules: "rough estimate" };

export class LiveView {
  constructor() {
    this.scores = Object.fromEntries(SUBSCORES.map((subscore) => [subscore.key, scoreCard(subscore)]));
    find("scores").replaceChildren(...Object.values(this.scores).map((card) => card.root));
    this.utterances = new Map();
    this.on = { camera: true, microphone: true };
  }

  start() {
    this.timer ??= setInterval(() => this.numbers(), NUMBERS_MS);
  }

  stop() {
    clearInterval(this.timer);
    clearTimeout(this.nudgeTimer);
    this.timer = undefined;
  }

  /** A new connection counts its snapshots afresh, and until one comes nothing is known. */
  disconnected() {
    this.newest = undefined;
    this.presence({ face: { present: null, count: 0 }, voice: { speaking: null }, picture: {}, sound: {} });
    this.expression();
  }

  show({ type, data }) {
    this[type]?.(data);
  }

  snapshot(data) {
    if (this.newest && data.seq <= this.newest.seq) return;
    const first = !this.newest;
    this.newest = data;
    this.received = performance.now();
    this.presence(data);
    if (first) this.numbers();
  }

  presence({ face, voice, picture, sound }) {
    // What was just switched off is not observed, though a snapshot from before may still arrive.
    const { camera, microphone } = this.on;
    const sign = find("face-state");
    sign.dataset.present = (camera ? face.present : null) ?? "unknown";
    sign.textContent = faceText(face, camera);
    const heard = find("voice-state");
    heard.dataset.speaking = (microphone ? voice.speaking : null) ?? "unknown";
    heard.textContent = voiceText(voice.speaking, microphone);
    this.hint("picture-hint", camera ? picture : {});
    this.hint("sound-hint", microphone ? sound : {});
  }

  /** What is wrong with the picture or the sound; written only when it changes, as it is read out. */
  hint(id, { problem = null, title, help }) {
    const hint = find(id);
    if ((hint.dataset.problem || null) === problem) return;
    hint.dataset.problem = problem ?? "";
    hint.replaceChildren(...(problem ? [element("strong", { textContent: title }), help] : []));
  }

  numbers() {
    if (!this.newest) return;
    const { subscores, live, t } = this.newest;
    const since = Math.min(2, (performance.now() - this.received) / 1000);
    find("session-clock").textContent = clock(t + since);
    for (const { key } of SUBSCORES) this.scores[key].show(subscores[key]);
    vital("pace", live.speech_rate, (value) => Math.round(value));
    vital("eye-contact", live.eye_contact, (value) => `${Math.round(100 * value)} %`);
    vital("fillers", live.words ? live.filler_words : null, (value) => value);
    this.answerClock(live.answer_seconds + since);
    this.expression(this.newest.expression);
  }

  /** What the face is taken to show; nothing arrives unless the candidate switched it on. */
  expression(shown) {
    const label = find("expression");
    label.hidden = !shown || !this.on.camera;
    if (shown) write(label, `Your face shows: ${shown.probability < 0.5 ? "unclear" : shown.name} · ${ESTIMATES[shown.method]}`);
  }

  answerClock(seconds) {
    const target = this.asked?.seconds;
    find("answer-seconds").textContent = clock(seconds);
    find("answer-target").textContent = target ? ` of about ${clock(target)}` : "";
    find("answer-progress").style.setProperty("--share", target ? Math.min(1, seconds / target) : 0);
  }

  question(data) {
    this.asked = data;
    find("question-place").textContent = `Question ${data.index + 1} of ${data.count} · ${capital(data.topic)}`;
    find("question").textContent = data.text;
    find("next").disabled = data.index + 1 >= data.count;
  }

  freeTalk() {
    find("question-place").textContent = "Free talk";
    find("question").textContent = "Speak about what you like.";
    find("next").hidden = true;
  }

  nudge({ text }) {
    find("nudge").textContent = text;
    clearTimeout(this.nudgeTimer);
    this.nudgeTimer = setTimeout(() => find("nudge").replaceChildren(), NUDGE_MS);
  }

  caption(data) {
    if (data.words.length || data.filled_pauses.length) this.utterances.set(data.utterance, data);
    else this.utterances.delete(data.utterance);
    const spoken = [...this.utterances.values()].sort((a, b) => a.start - b.start).slice(-8);
    this.utterances = new Map(spoken.map((utterance) => [utterance.utterance, utterance]));
    const words = spoken.flatMap(captionWords);
    find("caption-text").replaceChildren(...words.slice(-CAPTION_WORDS).flatMap((word) => [captionWord(word), " "]));
  }
}

/** The words of an utterance with the filled pauses that were heard between them. */
function captionWords({ words, filled_pauses: pauses, final }) {
  const shown = words.map((word) => ({ ...word, sure: final || word.committed }));
  for (const { sound, before } of [...pauses].reverse()) shown.splice(before, 0, { text: `(${sound})`, mark: "filler", sure: true });
  return shown;
}

function captionWord({ text, mark, sure }) {
  const span = element("span", { textContent: text });
  if (mark) span.classList.add(mark);
  if (!sure) span.classList.add("provisional");
  return span;
}

function faceText({ present, count }, cameraOn) {
  if (!cameraOn) return "Camera off";
  if (present === null) return "Looking…";
  if (!present) return "Face not in view";
  return count > 1 ? `${count} people in view` : "Face in view";
}

function voiceText(speaking, microphoneOn) {
  if (!microphoneOn) return "Microphone off";
  if (speaking === null) return "Listening…";
  return speaking ? "Speaking" : "Quiet";
}

function vital(id, value, format) {
  const root = find(id);
  root.classList.toggle("absent", value === null);
  write(root.querySelector("output"), value === null ? "–" : String(format(value)));
}

function scoreCard({ key, name }) {
  const figure = element("output", { className: "figures" });
  const trend = element("span", { className: "trend", aria: { hidden: "true" } });
  const bar = element("span");
  const band = element("span", { className: "band" });
  const reason = element("p", { className: "reason" });
  const root = element(
    "div",
    { className: `score absent ${key}`, role: "group" },
    element("h3", { textContent: name }),
    element("p", { className: "score-value" }, figure, trend),
    element("span", { className: "bar", aria: { hidden: "true" } }, bar, band),
    reason,
  );
  root.id = `score-${key}`;
  const show = ({ score, interval, coverage, trend: direction, reason: why }) => {
    const absent = score === null;
    const uncertain = !absent && coverage < UNCERTAIN_BELOW;
    root.classList.toggle("absent", absent);
    root.classList.toggle("uncertain", uncertain);
    write(figure, absent ? "–" : String(Math.round(score)));
    write(trend, absent ? "" : TRENDS[direction][0]);
    if (!absent) {
      bar.style.setProperty("--value", score);
      band.style.setProperty("--low", interval[0]);
      band.style.setProperty("--high", interval[1]);
    }
    const note = absent ? (why ?? "Not enough to go on yet") : uncertain ? (why ?? "Still uncertain") : "";
    write(reason, note);
    root.title = absent || uncertain ? note : `Likely ${interval.map(Math.round).join(" to ")}; ${Math.round(100 * coverage)} % of the evidence was observed`;
    const spoken = absent ? `no score: ${note}` : `${Math.round(score)} of 100, ${TRENDS[direction][1]}`;
    root.setAttribute("aria-label", `${name}: ${spoken}`);
  };
  show({ score: null, interval: null, coverage: 0, trend: 0, reason: "Not enough to go on yet" });
  return { root, show };
}
