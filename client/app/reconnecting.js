// How long to wait between attempts to connect: longer after each one that failed.

import { pause } from "./common.js";

const FIRST_MS = 500;

export class BackOff {
  #next = FIRST_MS;
  #wake;

  constructor(mostMs) {
    this.mostMs = mostMs;
  }

  /** An attempt succeeded: the next wait is short again. */
  restart() {
    this.#next = FIRST_MS;
  }

  async wait() {
    await Promise.race([pause(this.#next), new Promise((resolve) => (this.#wake = resolve))]);
    this.#next = Math.min(2 * this.#next, this.mostMs);
  }

  /** Ends the wait under way: the network is back. */
  hurry = () => this.#wake?.();
}
