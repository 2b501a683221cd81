// Replay: what was recorded, or at least its time axis, with chapters and marks, and everything that follows it.

import { Charts } from "./charts.js";
import { clock, element, find, text } from "./common.js";
import { Player } from "./player.js";
import { PAUSE_S, Transcript, lastBefore } from "./transcript.js";

const STEP_S = { long: 5, short: 1 };
const FRAME_S = 1 / 30;
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
/** From the beginning of a chapter on, going back leads to the one before for this long, s. */
const JUST_BEGUN_S = 2;
const MISSING = { camera: "No picture", microphone: "No sound", transcription: "Not written down" };
const AGAIN_MS = 1000;
const BEFORE_PLAYING = "What was said stands here as it is played.";
/** Who speaks again within this time has not handed over. */
const SAME_TURN_S = 1;

export class Replay {
  /** `interview`, where it was one: the `candidate`'s name, and what `others` said by time: {start, end, name, text}. */
  constructor(report, interview = null) {
    const { session, questions } = report;
    this.report = report;
    this.duration = Math.max(session.duration_s, 0.001);
    this.chapters = questions.map(({ asked_at: t }) => t);
    this.player = new Player(find("video"), this.duration);
    this.transcript = new Transcript(report, interview, (t) => this.go(t));
    this.charts = new Charts(report, (t) => this.go(t));
    find("replay").hidden = session.duration_s < 1;
    find("replay").classList.toggle("wordless", find("transcript").hidden);
    this.rail();
    if (interview) this.turns(interview);
    this.controls();
    this.player.addEventListener("tick", () => this.tick());
    this.player.addEventListener("state", () => this.state());
    this.picture(null);
    this.tick();
    this.state();
  }

  /** Goes to a time and plays from there. */
  go(t) {
    this.player.seek(t);
    this.player.play();
  }

  // --- the recording ---

  /** `film` is what the server knows of the recording: {type, size, problem}, or null. */
  async record(film, again) {
    this.film = film;
    find("recording-actions").hidden = !film?.type;
    if (!film) return this.note("");
    if (film.problem) return this.note(film.problem);
    if (!film.type) {
      this.note("The recording is being put together …");
      await new Promise((done) => setTimeout(done, AGAIN_MS));
      return this.record(await again(), again);
    }
    const address = `/api/sessions/${this.report.session.id}/recording`;
    find("save-recording").href = address;
    const media = find("video");
    media.append(element("track", { kind: "captions", label: "What you said", srclang: "en", src: `/api/sessions/${this.report.session.id}/captions.vtt` }));
    if (!(await this.player.load(address))) return this.note("This browser cannot play the recording; the time axis plays without it.");
    const short = this.duration - media.duration > 2;
    this.note(short ? `The recording ends at ${clock(media.duration)}.` : "");
    this.picture(film.type.startsWith("video/") ? "video" : "audio");
    this.captions(false);
  }

  async forget() {
    if (!confirm("Delete the recording? Report and transcript stay.")) return;
    const response = await fetch(`/api/sessions/${this.report.session.id}/recording`, { method: "DELETE" }).catch(() => null);
    if (!response?.ok) return this.note("The recording could not be deleted.");
    this.player.unload();
    this.picture(null);
    find("recording-actions").hidden = true;
    this.note("The recording is deleted.");
  }

  picture(kind) {
    this.kind = kind;
    find("replay").dataset.media = kind ?? "none";
    find("video").hidden = kind !== "video";
    find("captions").hidden = kind !== "video";
    this.spoken = undefined;
    this.tick();
  }

  note(sentence) {
    find("replay-note").textContent = sentence;
  }

  // --- what follows it ---

  tick() {
    const t = this.player.shown;
    find("replay").style.setProperty("--at", t / this.duration);
    this.transcript.follow(t);
    this.charts.cursor(t);
    const second = Math.floor(t);
    if (second !== this.second) {
      this.second = second;
      find("replay-time").textContent = clock(t);
      const rail = find("rail");
      rail.setAttribute("aria-valuenow", second);
      rail.setAttribute("aria-valuetext", `${clock(t)} of ${clock(this.duration)}`);
    }
    // the picture at a chapter's beginning may be one from just before it
    this.chapter(lastBefore(this.chapters, this.player.t + 0.001));
    this.say(t);
  }

  chapter(index) {
    if (index === this.current) return;
    this.current = index;
    for (const [at, button] of [...find("chapters").children].entries()) {
      if (at === index) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    find("replay-question").textContent = this.report.questions[index]?.text ?? "";
  }

  /** Over the picture why there is none; in its place, where none was recorded, what is said. */
  say(t) {
    const missing = this.report.gaps.find(({ source, start, end }) => source === "camera" && start <= t && t < end);
    const line = this.kind === "video" ? null : this.transcript.lineAt(t);
    const words = line && t < line.end + 2 ? line.text : this.played || t ? "" : BEFORE_PLAYING;
    const said = this.kind !== "video" ? words : missing ? `No picture: ${missing.reason}` : "";
    if (said === this.spoken) return;
    this.spoken = said;
    find("spoken").textContent = said;
    find("spoken").classList.toggle("soft", said === BEFORE_PLAYING);
    find("spoken").hidden = this.kind === "video" && !said;
  }

  state() {
    const { playing, rate } = this.player;
    find("play").setAttribute("aria-pressed", playing);
    find("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    find("play").classList.toggle("playing", playing);
    find("rate").value = String(rate);
    this.played ||= playing;
    this.dock();
  }

  // --- the axis ---

  rail() {
    const { questions, gaps, nudges, transcript } = this.report;
    const share = (t) => Math.min(1, Math.max(0, t / this.duration));
    const ends = [...this.chapters.slice(1), this.duration];
    find("chapters").replaceChildren(
      ...questions.map(({ text: question, asked_at: t }, index) =>
        element("button", { type: "button", title: question, aria: { label: `Question ${index + 1}` }, style: { "--start": share(t), "--end": share(ends[index]) }, dataset: { t } }, text("span", "", `Q${index + 1}`)),
      ),
    );
    const span = (className, start, end, title) => element("span", { className, title, style: { "--start": share(start), "--end": share(end) } });
    const point = (className, t, title) => element("span", { className, title: `${title}, ${clock(t)}`, style: { "--start": share(t) } });
    const fillers = transcript.flatMap(({ words, filled_pauses: heard = [] }) => [
      ...words.filter(({ mark }) => mark === "filler").map(({ start, text: word }) => [start, word]),
      ...heard.map(({ start, sound }) => [start, sound]),
    ]);
    const pauses = transcript.flatMap(({ words }) => words.slice(1).map((word, at) => [words[at].end, word.start])).filter(([start, end]) => end - start >= PAUSE_S);
    find("marks").replaceChildren(
      ...gaps.map(({ source, start, end, reason }) => span(`missing ${source}`, start, end, `${MISSING[source]}: ${reason}`)),
      ...pauses.map(([start, end]) => span("silent", start, end, `Pause of ${(end - start).toFixed(1)} s`)),
      ...fillers.map(([t, word]) => point("hesitation", t, word)),
      ...nudges.map(({ t, text: nudge }) => point("nudged-at", t, `Nudge: ${nudge}`)),
    );
    const shown = [
      [nudges.length, "nudged-at", "nudge"],
      [fillers.length, "hesitation", "filler word"],
      [pauses.length, "silent", "pause"],
      [gaps.length, "missing", "not observed"],
    ].filter(([count]) => count);
    find("marks-key").replaceChildren(...shown.map(([, className, name]) => element("span", {}, element("i", { className, aria: { hidden: "true" } }), name)));
    find("rail").setAttribute("aria-valuemax", Math.floor(this.duration));
    find("replay-duration").textContent = clock(this.duration);
  }

  /** Whose turn it was: a line for the candidate, below it one for those who asked. */
  turns({ candidate, others }) {
    const sides = [
      ["candidate", [candidate], turnsOf(this.report.transcript.map((line) => ({ ...line, name: candidate })))],
      ["others", [...new Set(others.map(({ name }) => name))], turnsOf(others)],
    ].filter(([, , spans]) => spans.length);
    const lines = sides.map(([side, names, spans]) => {
      const spoken = clock(spans.reduce((sum, { start, end }) => sum + end - start, 0));
      const shown = spans.map(({ start, end, name }) => element("span", { title: `${name}, ${clock(start)}–${clock(end)}`, style: { "--start": start / this.duration, "--end": Math.min(1, end / this.duration) } }));
      return element("div", { className: `turn-line ${side}`, role: "img", aria: { label: `${names.join(", ")} spoke ${spoken}` } }, ...shown);
    });
    find("rail").before(element("div", { className: "turns", id: "turns" }, ...lines));
    find("marks-key").prepend(...sides.map(([side, names]) => element("span", {}, element("i", { className: `turn ${side}`, aria: { hidden: "true" } }), `${names.join(", ")} speaking`)));
  }

  timeAt({ clientX }) {
    const { left, width } = find("rail").getBoundingClientRect();
    return (Math.min(1, Math.max(0, (clientX - left) / width))) * this.duration;
  }

  // --- by hand ---

  controls() {
    const { player } = this;
    find("play").addEventListener("click", () => player.toggle());
    find("rate").replaceChildren(...RATES.map((rate) => new Option(`${rate} ×`, String(rate), rate === 1, rate === 1)));
    find("rate").addEventListener("change", ({ target }) => (player.rate = Number(target.value)));
    find("captions").addEventListener("click", () => this.captions(!this.captioned));
    find("video").addEventListener("click", () => player.toggle());
    find("delete-recording").addEventListener("click", () => this.forget());
    find("chapters").addEventListener("click", ({ target }) => {
      const chapter = target.closest("[data-t]");
      if (chapter) this.go(Number(chapter.dataset.t));
    });
    const rail = find("rail");
    rail.addEventListener("pointerdown", (event) => {
      rail.setPointerCapture(event.pointerId);
      player.seek(this.timeAt(event));
    });
    rail.addEventListener("pointermove", (event) => rail.hasPointerCapture(event.pointerId) && player.seek(this.timeAt(event)));
    // Moments anywhere in the report.
    document.addEventListener("click", (event) => {
      const moment = event.target.closest("a.moment[data-t]");
      if (!moment) return;
      event.preventDefault();
      this.go(Number(moment.dataset.t));
    });
    addEventListener("keydown", (event) => this.key(event));
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.away = !isIntersecting;
      this.dock();
    }).observe(find("stage-place"));
  }

  /** Scrolled away from, what was played stays in sight. */
  dock() {
    const docked = Boolean(this.away && this.played);
    find("stage-place").style.setProperty("--height", docked ? `${(this.height ??= find("stage").offsetHeight)}px` : "");
    if (!docked) this.height = undefined;
    find("stage").classList.toggle("docked", docked);
  }

  captions(on) {
    const [track] = find("video").textTracks;
    if (!track) return;
    this.captioned = on;
    track.mode = on ? "showing" : "hidden";
    find("captions").setAttribute("aria-pressed", on);
  }

  key(event) {
    const { target, key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || find("replay").hidden) return;
    if (target.matches("input, select, textarea, [contenteditable]")) return;
    if (key === " " && target.matches("button, summary, a, video")) return;
    const step = shiftKey ? STEP_S.short : STEP_S.long;
    const { player } = this;
    const actions = {
      " ": () => player.toggle(),
      ArrowLeft: () => player.seek(player.t - step),
      ArrowRight: () => player.seek(player.t + step),
      "[": () => this.turn(-1),
      "]": () => this.turn(1),
      ",": () => this.nudge(-1),
      ".": () => this.nudge(1),
      c: () => this.captions(!this.captioned),
    };
    if (!Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
  }

  /** The chapter before or after; one that has just begun is not gone back to. */
  turn(direction) {
    const { t } = this.player;
    const at = lastBefore(this.chapters, direction < 0 ? t - JUST_BEGUN_S : t + 0.01);
    const wanted = direction < 0 ? (this.chapters[at] ?? 0) : this.chapters[at + 1];
    if (wanted !== undefined) this.player.seek(wanted);
  }

  /** While it stands, a picture to and fro; while it plays, slower or faster. */
  nudge(direction) {
    const { player } = this;
    if (!player.playing) return player.seek(player.t + direction * FRAME_S);
    const next = RATES.indexOf(player.rate) + direction;
    if (RATES[next]) player.rate = RATES[next];
  }
}

/** Stretches of speech of one person, short silences within them left out. */
function turnsOf(lines) {
  const turns = [];
  for (const { start, end, name } of [...lines].sort((a, b) => a.start - b.start)) {
    const last = turns.at(-1);
    if (last && last.name === name && start - last.end < SAME_TURN_S) last.end = Math.max(last.end, end);
    else turns.push({ start, end, name });
  }
  return turns;
}
