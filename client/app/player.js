// What is played back: the recording where there is one, else a clock that runs silently over the time axis.

/** As much of a media element as is needed of one that has neither picture nor sound. */
class SilentClock {
  paused = true;
  rate = 1;
  at = 0;

  constructor(duration, changed) {
    this.duration = duration;
    this.changed = changed;
  }

  get currentTime() {
    if (this.paused) return this.at;
    return Math.min(this.duration, this.at + ((performance.now() - this.since) / 1000) * this.rate);
  }

  set currentTime(t) {
    this.at = t;
    this.since = performance.now();
    this.changed();
  }

  get ended() {
    return this.currentTime >= this.duration;
  }

  get playbackRate() {
    return this.rate;
  }

  set playbackRate(rate) {
    this.at = this.currentTime;
    this.since = performance.now();
    this.rate = rate;
    this.changed();
  }

  async play() {
    if (this.ended) this.at = 0;
    this.since = performance.now();
    this.paused = false;
    this.changed();
  }

  pause() {
    this.at = this.currentTime;
    this.paused = true;
    this.changed();
  }
}

/** A picture older than this stands: nothing was received, and only the clock goes on, s. */
const STANDS_S = 0.25;

/**
 * Events: `tick` with each painted frame while it plays, and whenever its time was changed; `state` when it
 * begins or stops to play, or its rate changes.
 */
export class Player extends EventTarget {
  /** `media` is a video element; until `load` succeeds it is left alone. */
  constructor(media, duration) {
    super();
    this.media = media;
    this.duration = duration;
    this.source = new SilentClock(duration, () => this.changed());
  }

  get t() {
    return this.source.currentTime;
  }

  /** The time of what is seen now: on a busy machine pictures are shown a little after their sound. */
  get shown() {
    const { t, picture } = this;
    return t - picture >= 0 && t - picture < STANDS_S ? picture : t;
  }

  get playing() {
    return !this.source.paused && !this.source.ended;
  }

  get rate() {
    return this.source.playbackRate;
  }

  set rate(rate) {
    this.source.playbackRate = rate;
  }

  /** Plays a recording from now on; whether it can be. */
  async load(address) {
    const { media } = this;
    media.src = address;
    const fits = await new Promise((resolve) => {
      media.addEventListener("loadedmetadata", () => resolve(true), { once: true });
      media.addEventListener("error", () => resolve(false), { once: true });
    });
    if (!fits) {
      media.removeAttribute("src");
      return false;
    }
    const { t, playing } = this;
    this.source.pause();
    this.source = media;
    media.addEventListener("seeking", () => (this.picture = undefined));
    this.watch();
    for (const event of ["play", "pause", "ended", "ratechange", "seeking", "seeked"]) media.addEventListener(event, () => this.changed());
    if (t) this.seek(t);
    if (playing) this.play();
    return true;
  }

  /** Notes the time of each picture as it is shown. */
  watch() {
    this.media.requestVideoFrameCallback?.((_, { mediaTime }) => {
      this.picture = mediaTime;
      if (this.source === this.media) this.watch();
    });
  }

  /** Back to the silent clock. */
  unload() {
    const { t } = this;
    this.media.pause();
    this.media.removeAttribute("src");
    this.media.load();
    this.source = new SilentClock(this.duration, () => this.changed());
    this.seek(t);
  }

  seek(t) {
    this.source.currentTime = Math.min(this.duration, Math.max(0, t));
  }

  async play() {
    try {
      await this.source.play();
    } catch (error) {
      // Paused or sought again before it began; anything else the element shows by itself.
      if (error.name !== "AbortError") console.error(error);
    }
  }

  pause() {
    this.source.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  changed() {
    this.dispatchEvent(new Event("state"));
    this.tick();
  }

  tick = () => {
    cancelAnimationFrame(this.frame);
    this.dispatchEvent(new Event("tick"));
    if (this.playing) this.frame = requestAnimationFrame(this.tick);
    else if (!this.source.paused && this.source.ended) this.pause();
  };
}
