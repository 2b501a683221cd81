// Choosing camera and microphone before a session or a call, and during it.

import { getJson } from "./api.js";
import { explain } from "./capture.js";
import { element, find, write } from "./common.js";
import { LevelMeter, SoundCheck } from "./meters.js";

export const KINDS = ["video", "audio"];
const HEARD_MS = 500;
const NAMES = { video: "camera", audio: "microphone" };

/** The devices that were chosen the last time. */
export const chosenDevices = () => Object.fromEntries(KINDS.map((kind) => [kind, localStorage.getItem(`rapport.${kind}`) ?? undefined]));

/** Fills a select with the devices of a kind, and opens the one that is chosen in it. */
export async function fillChooser(chooser, capture, kind) {
  const devices = await capture.list(kind);
  const current = capture.current(kind);
  const options = devices.map(({ id, label }) => new Option(label, id, false, id === current));
  chooser.replaceChildren(...(options.length ? options : [new Option(`No ${NAMES[kind]}`)]));
  chooser.disabled = !options.length;
  chooser.onchange = async () => {
    localStorage.setItem(`rapport.${kind}`, chooser.value);
    await capture.choose(kind, chooser.value);
  };
}

/** A line that says how it stands: "good", "problem" or "unknown". */
export function say(id, verdict, words) {
  const line = find(id);
  line.dataset.verdict = verdict;
  write(line, words);
}

/** The step in which one sees and hears oneself before others do. */
export class DeviceCheck {
  /** `unheard` is what is said without a microphone; `show` is called with the tracks whenever one comes or goes. */
  constructor(capture, unheard, show) {
    this.capture = capture;
    this.unheard = unheard;
    this.show = show;
    this.meter = new LevelMeter((level, measure) => {
      find("check-level").style.setProperty("--level", level);
      if (measure) this.sound?.take(measure());
    });
    find("retry").addEventListener("click", async () => {
      for (const kind of KINDS) if (!capture.tracks[kind]) await capture.choose(kind, chosenDevices()[kind]);
    });
    capture.addEventListener("change", () => this.timer && this.#show());
  }

  async start() {
    this.timer = setInterval(() => this.#heard(), HEARD_MS);
    // Without its limits and words the check only shows the level.
    getJson("/static/sound.json").then((words) => (this.sound = new SoundCheck(words)), () => {});
    await this.capture.open(chosenDevices());
    if (this.timer) this.#show();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.meter.stop();
    find("preview").srcObject = null;
  }

  #show() {
    const { tracks, problems, stream } = this.capture;
    find("preview").srcObject = stream;
    find("preview-empty").hidden = Boolean(tracks.video);
    if (this.meter.track !== tracks.audio) {
      this.meter.follow(tracks.audio);
      this.sound?.restart();
    }
    find("problems").replaceChildren(
      ...explain(problems).map(({ title, help }) => element("p", { className: "notice alert" }, element("strong", { textContent: title }), help)),
    );
    find("retry").hidden = KINDS.every((kind) => tracks[kind]);
    this.#heard();
    this.show(tracks);
    for (const kind of KINDS) fillChooser(find(`${kind}-device`), this.capture, kind);
  }

  #heard() {
    if (!this.capture.tracks.audio) say("heard", "unknown", this.unheard);
    else if (this.sound) say("heard", this.sound.verdict.verdict, this.sound.verdict.text);
  }
}
