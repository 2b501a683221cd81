// Captions: the newest words of everybody who is listened to.

import { element, text } from "./common.js";

const WORDS = 45;
const UTTERANCES = 8;

export class Captions {
  #utterances = new Map();

  /** `nameOf(member)` is how a speaker is called; null for the candidate. */
  constructor(root, nameOf) {
    this.root = root;
    this.nameOf = nameOf;
  }

  clear() {
    this.#utterances.clear();
    this.root.replaceChildren();
  }

  caption(data) {
    const key = `${data.speaker ?? ""} ${data.utterance}`;
    const pauses = data.filled_pauses ?? [];
    if (data.words.length || pauses.length) this.#utterances.set(key, data);
    else this.#utterances.delete(key);
    const newest = [...this.#utterances].sort(([, a], [, b]) => a.start - b.start).slice(-UTTERANCES);
    this.#utterances = new Map(newest);
    let speaker;
    const shown = newest.flatMap(([, each]) => {
      const named = each.speaker !== speaker && (each.speaker !== null || speaker !== undefined) ? [text("strong", "speaker", `${this.nameOf(each.speaker)}: `)] : [];
      speaker = each.speaker;
      return [...named, ...words(each)];
    });
    this.root.replaceChildren(...shown.slice(-WORDS).flatMap((word) => [word, " "]));
  }
}

/** The words of an utterance with the hesitations that were heard between them. */
function words({ words: said, filled_pauses: pauses = [], final }) {
  const shown = said.map((word) => ({ ...word, sure: final || word.committed }));
  for (const { sound, before } of [...pauses].reverse()) shown.splice(before, 0, { text: `(${sound})`, mark: "filler", sure: true });
  return shown.map(({ text: word, mark, sure }) => {
    const span = element("span", { textContent: word });
    if (mark) span.classList.add(mark);
    if (!sure) span.classList.add("provisional");
    return span;
  });
}
