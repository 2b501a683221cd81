// What all pages share: the four subscores, in the order and words used everywhere, and how a page is written.

export const SUBSCORES = [
  { key: "confidence", name: "Confidence" },
  { key: "communication", name: "Communication" },
  { key: "skill_relevance", name: "Skill relevance" },
  { key: "engagement", name: "Engagement" },
];

export const SUBSCORE_KEYS = SUBSCORES.map(({ key }) => key);

/** Below this coverage a score is drawn as uncertain. */
export const UNCERTAIN_BELOW = 0.5;

/** How a score moves, by the sign of its trend: a sign and a word. */
export const TRENDS = { "-1": ["↓", "falling"], 0: ["", "steady"], 1: ["↑", "rising"] };

/** Seconds as m:ss, or h:mm:ss from an hour on. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

export const capital = (word) => word[0].toUpperCase() + word.slice(1);

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const find = (id) => document.getElementById(id);

/** An element with properties and children; text only, so that data never becomes markup. */
export function element(tag, properties = {}, ...children) {
  const { dataset, aria, style, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(aria ?? {})) made.setAttribute(`aria-${name}`, value);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const text = (tag, className, content) => element(tag, { className, textContent: content });

/** Writes only what differs: an untouched node costs no layout. */
export function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/** A picture of icons.svg. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}
