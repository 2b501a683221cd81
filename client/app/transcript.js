// The words of a session: each leads to its time, and the one being spoken is marked.

import { clock, element, find, text } from "./common.js";

/** Silences between words of a line from this on are shown, s. */
export const PAUSE_S = 1;
/** After this long without being scrolled by hand the lines follow what is played. */
const HANDS_OFF_MS = 4000;

export class Transcript {
  /** `seek(t)` is called when a word or a line's time is clicked; `interview` as the Replay has it, or null. */
  constructor({ transcript: lines, questions, nudges }, interview, seek) {
    const { candidate, others } = interview ?? { candidate: null, others: [] };
    find("transcript").hidden = !lines.length && !others.length;
    this.body = find("transcript-body");
    this.body.replaceChildren(...rows(lines, questions, nudges, others, candidate));
    this.lines = lines;
    this.lineStarts = lines.map(({ start }) => start);
    this.words = [...this.body.querySelectorAll("[data-t].word")];
    this.starts = this.words.map(({ dataset }) => Number(dataset.t));
    this.body.addEventListener("click", ({ target }) => {
      const place = target.closest("[data-t]");
      if (place && getSelection().isCollapsed) seek(Number(place.dataset.t));
    });
    for (const way of ["wheel", "touchmove"]) {
      this.body.addEventListener(way, () => (this.scrolled = performance.now()), { passive: true });
    }
  }

  /** Marks what is said at `t`. */
  follow(t) {
    const at = lastBefore(this.starts, t + 0.01);
    const word = at < 0 ? undefined : this.words[at];
    const now = word && t < Number(word.dataset.end) + 0.25 ? word : undefined;
    if (now === this.now) return;
    this.now?.classList.remove("now");
    now?.classList.add("now");
    this.now = now;
    const line = now?.closest(".line");
    if (!line || line === this.line) return;
    this.line?.classList.remove("current");
    line.classList.add("current");
    this.line = line;
    this.scrollTo(line);
  }

  /** The line spoken at `t`, or the one last spoken; null before the first. */
  lineAt(t) {
    return this.lines[lastBefore(this.lineStarts, t)] ?? null;
  }

  scrollTo(line) {
    if (this.body.scrollHeight <= this.body.clientHeight) return;
    if (performance.now() - (this.scrolled ?? -Infinity) < HANDS_OFF_MS) return;
    const above = line.getBoundingClientRect().top - this.body.getBoundingClientRect().top;
    this.body.scrollTop += above - this.body.clientHeight / 3;
  }
}

/** The last index whose value is at most `t`; -1 where there is none. */
export function lastBefore(sorted, t) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** `candidate` is the name to give whose lines these are, where others speak, too. */
function rows(lines, questions, nudges, others, candidate) {
  const made = [];
  let question = null;
  let named = false;
  const beside = [...nudges.map((nudge) => [nudge.t, nudgeLine(nudge)]), ...others.map((said) => [said.start, otherLine(said)])];
  const waiting = beside.sort(([a], [b]) => a - b);
  for (const [index, line] of lines.entries()) {
    while (waiting.length && waiting[0][0] < line.start) {
      const [, node] = waiting.shift();
      if (node.matches(".of-others")) named = false;
      made.push(node);
    }
    if (line.question !== question && line.question !== null) made.push(text("h3", "", questions[line.question]?.text ?? ""));
    if (line.question !== question) named = false;
    question = line.question;
    made.push(spokenLine(line, index, named ? null : candidate));
    named = true;
  }
  return [...made, ...waiting.map(([, node]) => node)];
}

function spokenLine({ start, end, text: plain, words, filled_pauses: pauses = [] }, index, name) {
  const shown = words.map((word) => ({ ...word }));
  for (const { sound, before, start: at, end: until } of [...pauses].reverse()) {
    shown.splice(before, 0, { text: `(${sound})`, start: at, end: until, mark: "filler" });
  }
  const said = shown.length ? shown.flatMap((word, at) => [silence(shown[at - 1], word), spokenWord(word), " "]) : [element("span", { className: "word", textContent: plain, dataset: { t: start, end } })];
  const time = element("button", { className: "at", type: "button", textContent: clock(start), title: "Play from here", dataset: { t: start } });
  return element("div", { className: "line", id: `said-${index}` }, time, element("p", {}, name && text("strong", "", `${name}: `), ...said));
}

function spokenWord({ text: word, start, end, mark }) {
  return element("span", { className: `word ${mark ?? ""}`, textContent: word, title: mark ? `${mark}, ${clock(start)}` : "", dataset: { t: start, end } });
}

function silence(before, word) {
  const length = before ? word.start - before.end : 0;
  if (length < PAUSE_S) return null;
  return element("span", { className: "pause figures", textContent: `${length.toFixed(1)} s `, title: "pause", dataset: { t: before.end } });
}

const nudgeLine = ({ t, text: nudge }) =>
  element("div", { className: "line nudged" }, element("button", { className: "at", type: "button", textContent: clock(t), dataset: { t } }), text("p", "", nudge));

const otherLine = ({ start, name, text: said }) =>
  element("div", { className: "line of-others" }, element("button", { className: "at", type: "button", textContent: clock(start), title: "Play from here", dataset: { t: start } }), element("p", {}, text("strong", "", `${name}: `), said));
