// The answers, each a card: how long and how it was said, what it says, and what could be said better.

import { SUBSCORE_KEYS, clock, element, find, text } from "./common.js";
import { moment, percent, sentence } from "./figures.js";

/** As scoring/gist.py: from this on a key point is taken for made. */
const MADE = 0.5;
const PARTLY = 0.25;
const PARTS = {
  STAR: ["situation", "task", "action", "result"],
  claim: ["claim", "reason", "example"],
};
/** Polarity of the words from which on they sound one way. */
const TONE = 0.2;

/** `name` of who answered; null where that is whoever reads. */
export function showAnswers({ questions, session, indicators, subscores }, name = null) {
  find("answers").hidden = !questions.length;
  const unread = indicators.relevance?.value === null ? indicators.relevance.explanation : "This answer was not read.";
  const graded = SUBSCORE_KEYS.some((key) => subscores[key].contributions.some(({ indicator }) => indicator === "grammar"));
  const about = { count: questions.length, keep: session.keep, unread, graded, name };
  find("answers-body").replaceChildren(...questions.map((question) => answer(question, about)));
}

/** `about` the session: its `count` of answers, what it may `keep`, why one is `unread`, whether grammar is scored, the `name` of who answered. */
function answer(question, about) {
  const said = question.answer
    ? element("details", {}, text("summary", "", about.name ? `What ${about.name} said` : "What you said"), text("blockquote", "", question.answer))
    : null;
  return element(
    "li",
    { className: "answer", id: `answer-${question.index + 1}` },
    element("p", { className: "place figures" }, `Question ${question.index + 1} of ${about.count} · ${sentence(question.topic)} · `, moment({ start: question.asked_at }), question.asker ? ` asked by ${question.asker}` : ""),
    text("h3", "", question.text),
    delivery(question),
    ...content(question, about),
    said,
  );
}

// --- how it was said ---

function delivery(question) {
  const { speech_rate: rate, filler_words: fillers, words, answer_seconds: length, seconds } = question;
  const { response_latency_s: latency, pause_share: pauses = null, eye_contact: looks = null } = question;
  const { eye_contact_speaking: speaking = null, eye_contact_listening: silent = null } = question;
  const eyes = [[speaking, "speaking"], [silent, "listening"]].filter(([share]) => share !== null).map(([share, when]) => `${Math.round(share)}\u00a0% ${when}`);
  const or = (value, figure) => (value === null ? null : figure(value));
  const figures = [
    ["Length", words ? clock(length) : "–", `of about ${clock(seconds)}`, words ? Math.min(1, length / seconds) : 0],
    ["Pace", or(rate, (value) => String(Math.round(value))), "words a minute"],
    ["Pauses", or(pauses, (value) => `${Math.round(value)}\u00a0%`), "of the answer"],
    ["Fillers", words ? or(fillers, String) : null, `in ${words} words`],
    ["Eye contact", or(looks, (value) => `${Math.round(value)}\u00a0%`), eyes.join(", ")],
    ["Before answering", or(latency, (value) => `${value.toFixed(1)} s`), ""],
  ];
  const cells = figures.map(([name, figure, beside, share]) =>
    element(
      "div",
      figure === null ? { className: "absent" } : {},
      text("dt", "", name),
      element("dd", {}, figure ?? "–", figure !== null && beside ? text("span", "soft", ` ${beside}`) : null),
      share === undefined ? null : element("dd", { className: "bar", aria: { hidden: "true" } }, element("span", { style: { "--value": 100 * share } })),
    ),
  );
  return element("dl", { className: "delivery figures" }, ...cells);
}

// --- what it says ---

function content({ quality, words }, { keep, unread, graded }) {
  if (!words) return [text("p", "soft said-nothing", "No words of an answer were heard.")];
  if (!quality) return [];
  const { key_points: points, structure, grammar } = quality;
  if (points === null && structure === null && quality.relevance === null) return [text("p", "soft said-nothing", unread)];
  const left = [
    points?.length ? part("Key points", element("ul", { className: "key-points" }, ...points.map(keyPoint))) : null,
    grammar?.errors.length ? part(graded ? "Wording to look at" : "Wording to look at, part of no score", wording(grammar.errors, keep)) : null,
  ].filter(Boolean);
  const right = [structure && part("Structure", structureChips(structure)), part("Content", contentFacts(quality))];
  return [element("div", { className: "content" }, left.length ? element("div", {}, ...left) : null, element("div", {}, ...right))];
}

const part = (title, body) => element("div", { className: "part" }, text("h4", "", title), body);

function keyPoint({ text: point, covered, start }) {
  const state = covered >= MADE ? "made" : covered >= PARTLY ? "partly" : "unsaid";
  const words = { made: "said", partly: "partly or unclear", unsaid: "not said" };
  return element(
    "li",
    { className: state },
    element("span", { className: "box", aria: { hidden: "true" } }),
    element("span", {}, point, " ", start === null ? text("span", "state", words[state]) : element("span", { className: "state" }, `${words[state]} `, moment({ start }))),
  );
}

function structureChips({ kind, parts }) {
  const chips = PARTS[kind].map((name) => {
    const said = parts.find(({ part: each }) => each === name);
    if (!said) return element("li", { className: "missing-part" }, sentence(name), text("span", "unseen", " not said"));
    const [start, end] = [said.start, said.end];
    return element("li", {}, element("a", { className: "moment", href: "#replay", title: `${clock(start)}–${clock(end)}`, dataset: { t: start } }, sentence(name), text("span", "unseen", ` said at ${clock(start)}`)));
  });
  return element("ol", { className: "chips" }, ...chips);
}

function contentFacts({ relevance, specificity, skills, buzzwords, sentiment, vocabulary, grammar }) {
  const named = (list, key) => {
    if (!list) return null;
    if (!list.length) return "none";
    return list[0][key] === null ? String(list.length) : [...new Set(list.map((each) => each[key]))].join(", ");
  };
  const tone = sentiment === null ? null : sentiment >= TONE ? "positive" : sentiment <= -TONE ? "negative" : "neutral";
  const list = [
    ["To the point", relevance === null ? null : percent(relevance)],
    ["Specifics", specificity === null ? null : !specificity ? "none" : `${specificity.toFixed(1)} figures, names, own actions in 100 words`],
    ["Skills named", named(skills, "name")],
    ["Buzzwords", named(buzzwords, "word")],
    ["Vocabulary", vocabulary === null ? null : `${Math.round(vocabulary)} % different words`],
    ["Tone", tone],
    ["Grammar", grammar === null ? null : grammar.errors.length ? `${grammar.per_100_words.toFixed(1)} errors in 100 words` : "nothing found"],
  ].filter(([, fact]) => fact !== null);
  return element("dl", { className: "facts figures" }, ...list.flatMap(([name, fact]) => [text("dt", "", name), text("dd", "", fact)]));
}

/** Errors of one sentence stand together. When only scores are kept, their times are all there is. */
function wording(errors, keep) {
  if (keep === "scores") return element("div", { className: "moments" }, ...errors.map(({ start, rule }) => moment({ start, note: rule })));
  const bySentence = Map.groupBy(errors, ({ sentence: of }) => of);
  const items = [...bySentence].map(([of, list]) => {
    const hints = list.map(({ start, message, suggestion }) =>
      element("li", {}, moment({ start }), ` ${message}`, ...(suggestion ? [": ", text("b", "", suggestion)] : []), "."),
    );
    return element("li", {}, text("q", "", of), element("ul", {}, ...hints));
  });
  return element("ul", { className: "wording" }, ...items);
}
