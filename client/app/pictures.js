// The device check's pictures: stills of the preview go to the server, which says what they show. It keeps none.

import { request } from "./api.js";

const LOOK_MS = 1000;
const RECENT = 4;
const CALIBRATION_MS = 5000;
const STILL_MS = 200;
const WIDTH = 640;
const QUALITY = 0.75;

/**
 * Looks at a video element's picture once a second while it is started, and calls `show` with
 * {problem, title, help}, all null when all is well; null stands for not known.
 */
export class PictureCheck {
  constructor(video, show) {
    this.video = video;
    this.show = show;
    this.recent = [];
    this.canvas = document.createElement("canvas");
  }

  start() {
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
    this.restart();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.cancel();
  }

  /** The picture is another camera's from now on. */
  restart() {
    this.recent = [];
    this.cancel();
    this.show(null);
  }

  cancel() {
    this.calibrating?.abort();
  }

  async look() {
    if (this.calibrating) return;
    // A hidden page's preview stands still.
    const still = document.hidden ? null : await this.still();
    if (!still) {
      this.recent = [];
      return;
    }
    const recent = (this.recent = [...this.recent, still].slice(-RECENT));
    if (recent.length < 2 || this.asking) return;
    this.asking = true;
    try {
      const { picture } = await send(recent, LOOK_MS / 1000);
      if (this.timer && this.recent.includes(still)) this.show(picture);
    } catch {
      if (this.timer) this.show(null);
    } finally {
      this.asking = false;
    }
  }

  /**
   * Looks for five seconds and tells {picture, neutral}; `count` is called with the seconds that are left. Throws an
   * ApiError, or an AbortError when it is cancelled. One at a time.
   */
  async calibrate(count) {
    const { signal } = (this.calibrating = new AbortController());
    try {
      const stills = [];
      const began = performance.now();
      for (let due = 0; due < CALIBRATION_MS; due += STILL_MS) {
        await sleep(began + due - performance.now());
        signal.throwIfAborted();
        count(Math.ceil((CALIBRATION_MS - due) / 1000));
        const still = await this.still();
        if (still) stills.push(still);
      }
      const every = (performance.now() - began) / 1000 / Math.max(stills.length - 1, 1);
      count(0);
      return await send(stills, Math.min(every, 2), { calibrate: true, signal });
    } finally {
      this.calibrating = undefined;
    }
  }

  /** The picture of this moment as a JPEG file; null while there is none. */
  async still() {
    const { video, canvas } = this;
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return null;
    canvas.width = WIDTH;
    canvas.height = Math.round((WIDTH * video.videoHeight) / video.videoWidth);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));

async function send(stills, every, { calibrate = false, signal } = {}) {
  const body = new FormData();
  for (const still of stills) body.append("still", still, "still.jpg");
  const query = new URLSearchParams({ every: every.toFixed(3), calibrate });
  return (await request(`/api/check?${query}`, { method: "POST", body, signal })).json();
}
