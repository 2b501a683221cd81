// What the page itself measures of the microphone, before anything is sent.

const FLOOR_DB = -60;

/**
 * Calls `show(level, measure)` 20 times a second while it follows a track: level 0..1 over -60..0 dB; what
 * `measure()` returns is for a `SoundCheck`.
 */
export class LevelMeter {
  constructor(show) {
    this.show = show;
  }

  follow(track) {
    this.stop();
    this.track = track;
    if (!track) return;
    this.context = new AudioContext();
    const analyser = new AnalyserNode(this.context, { fftSize: 1024, smoothingTimeConstant: 0 });
    this.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const weights = bins.map((_, bin) => weight((bin * this.context.sampleRate) / analyser.fftSize));
    const measure = () => {
      analyser.getFloatFrequencyData(bins);
      const power = bins.reduce((sum, bin, index) => sum + weights[index] * 10 ** (bin / 10), 0);
      return {
        level: 10 * Math.log10(2 * meanSquare(samples) + 1e-12),
        weighted: 10 * Math.log10(power + 1e-12),
        clipped: samples.filter((sample) => Math.abs(sample) >= FULL_SCALE).length / samples.length,
      };
    };
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.show(level(samples), measure);
    }, 50);
  }

  stop() {
    clearInterval(this.timer);
    this.context?.close();
    this.context = this.track = undefined;
    this.show(0, null);
  }
}

const meanSquare = (samples) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

/** The band of speech, as models/hearing/sound_quality.py weighs it. */
const weight = (hertz) => (hertz >= 150 && hertz < 4000 ? Math.min(hertz / 1000, 1) : 0);

const FULL_SCALE = 0.99;
const RECENT = 100;
const LEAST = 40;
const CREST_DB = 5;
const STEADY_DB = 2;
const ROOM_DB = -66;

/**
 * Judges the microphone as models/hearing/sound_quality.py does, with the same limits and words (sound.json), but
 * without knowing what is speech: sound that nothing stands out of is not judged unless it is loud. Echo and
 * other voices take more than a check to tell; the session does.
 */
export class SoundCheck {
  constructor({ limits, problems }) {
    this.limits = limits;
    this.problems = problems;
    this.restart();
  }

  restart() {
    this.recent = [];
    this.known = null;
  }

  take(frame) {
    this.recent.push(frame);
    if (this.recent.length > RECENT) this.recent.shift();
  }

  /** {verdict: "good" | "problem" | "unknown", text}; what was known stands while nothing new can be told. */
  get verdict() {
    const seen = this.recent.length >= LEAST ? this.look() : null;
    this.known = seen ?? this.known;
    if (!this.known) return { verdict: "unknown", text: "Say a few words to see the bar move." };
    if (this.known === "good") return { verdict: "good", text: "We hear you well" };
    const { title, help } = this.problems[this.known];
    return { verdict: "problem", text: `${title}. ${help}` };
  }

  /** The problem, "good", or null where the last seconds do not tell. */
  look() {
    const { limits } = this;
    const levels = sorted(this.recent, "level");
    const weighted = sorted(this.recent, "weighted");
    const clipped = this.recent.reduce((sum, frame) => sum + frame.clipped, 0) / this.recent.length;
    if (levels.at(-1) < limits.silent_below_db) return this.recent.length < RECENT ? null : "silent";
    if (clipped >= limits.clipped_share) return "clipping";
    const loud = percentile(levels, 0.9) - CREST_DB;
    const ratio = percentile(weighted, 0.9) - CREST_DB - percentile(weighted, 0.15);
    if (percentile(levels, 0.15) > limits.loud_noise_db) return "noisy";
    if (ratio < STEADY_DB || loud < ROOM_DB) return null;
    if (loud < limits.quiet_below_db) return ratio < limits.noisy_below_db ? null : "quiet";
    return ratio < limits.noisy_below_db ? "noisy" : "good";
  }
}

const sorted = (frames, key) => frames.map((frame) => frame[key]).sort((a, b) => a - b);
const percentile = (values, share) => values[Math.round(share * (values.length - 1))];

function level(samples) {
  const decibels = 10 * Math.log10(meanSquare(samples) + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}
