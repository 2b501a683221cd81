// The page's banner: one thing at a time, above everything else.

import { find } from "./common.js";

const TOLD_MS = 12_000;

let timer;

/** A sentence, for as long as it takes to read. */
export function tell(sentence) {
  hold(sentence);
  timer = setTimeout(release, TOLD_MS);
}

/** Text and elements, until something else is told or it is released. */
export function hold(...content) {
  clearTimeout(timer);
  find("banner").replaceChildren(...content);
  find("banner").hidden = false;
}

export function release() {
  clearTimeout(timer);
  find("banner").hidden = true;
}
