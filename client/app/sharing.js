// What a candidate may choose to share, in the words used everywhere.

import { element } from "./common.js";

const CHOICES = [
  {
    value: "everything",
    title: "Everything",
    detail: "Captions, answers, voice and picture: all scores with their reasons, pace, pauses, eye contact.",
    sign: "Everything that is measured is shared",
  },
  {
    value: "content",
    title: "Content only",
    detail: "What you say and how well it answers: captions, skill relevance, the clock. What voice and face show stays in your own review.",
    sign: "Only the content of answers is shared",
  },
  {
    value: "none",
    title: "No analysis",
    detail: "A call like any other: no machine measures or writes down anything. Interviewers can still take notes.",
    sign: "Nothing is measured",
  },
];

export const signOf = (choice) => CHOICES.find(({ value }) => value === choice)?.sign ?? "Nothing is shared yet";

/** Radio buttons as cards; `name` keeps two groups on one page apart. */
export function choiceCards(name, chosen) {
  return CHOICES.map(({ value, title, detail }) =>
    element(
      "label",
      { className: "choice" },
      element("input", { type: "radio", name, value, checked: value === chosen, required: true }),
      element("strong", { textContent: title }),
      element("span", { className: "detail", textContent: detail }),
    ),
  );
}
