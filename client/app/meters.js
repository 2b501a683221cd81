// What the page itself measures, before anything is sent: microphone level and light.

const FLOOR_DB = -60;

/** Calls `show(level)`, level 0..1 over -60..0 dB, 20 times a second while it follows a track. */
export class LevelMeter {
  constructor(show) {
    this.show = show;
  }

  follow(track) {
    this.stop();
    this.track = track;
    if (!track) return;
    this.context = new AudioContext();
    const analyser = new AnalyserNode(this.context, { fftSize: 1024 });
    this.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.show(level(samples));
    }, 50);
  }

  stop() {
    clearInterval(this.timer);
    this.context?.close();
    this.context = this.track = undefined;
    this.show(0);
  }
}

function level(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [32, 24];
const context = canvas.getContext("2d", { willReadFrequently: true });

/** Mean luma (Rec. 601) of a video element's picture, 0..1; null while there is no picture. */
export function luma(video) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
  return sum / (data.length / 4) / 255;
}

/** The light in words: {verdict: "good" | "dark" | "bright", text}. */
export function light(value) {
  if (value < 0.2) return { verdict: "dark", text: "Too dark. Face a window or switch on a lamp." };
  if (value > 0.85) return { verdict: "bright", text: "Very bright. Turn away from the lamp or window." };
  return { verdict: "good", text: "Good light" };
}
