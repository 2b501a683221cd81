// Camera and microphone: opening, choosing, losing them, and plain words for what went wrong.

const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
// The browser's own clean-up would change the very loudness and pauses that are to be measured.
const AUDIO = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

const KINDS = { video: { name: "camera", constraints: VIDEO }, audio: { name: "microphone", constraints: AUDIO } };

/**
 * The candidate's devices. `tracks` and `problems` are {video, audio}; a track is null when there is none, a
 * problem is the error that says why. Dispatches `change` when a track comes, goes, or devices are plugged.
 */
export class Capture extends EventTarget {
  tracks = { video: null, audio: null };
  problems = { video: null, audio: null };
  stream = "MediaStream" in globalThis ? new MediaStream() : null;

  /** Where others are heard, too, `echoCancellation` keeps their voices out of the microphone. */
  constructor({ echoCancellation = false } = {}) {
    super();
    this.kinds = { ...KINDS, audio: { ...KINDS.audio, constraints: { ...AUDIO, echoCancellation } } };
  }

  /** Opens both; either may fail by itself. `devices` is {video, audio}: device ids, where chosen before. */
  async open(devices = {}) {
    if (!navigator.mediaDevices?.getUserMedia) {
      const error = new DOMException("No media devices here", "InsecureContextError");
      this.problems = { video: error, audio: error };
      return;
    }
    navigator.mediaDevices.addEventListener("devicechange", () => this.changed());
    try {
      // One call for both, so that the candidate is asked once.
      const stream = await navigator.mediaDevices.getUserMedia({
        video: await this.constraints("video", devices.video),
        audio: await this.constraints("audio", devices.audio),
      });
      for (const track of stream.getTracks()) this.use(track);
    } catch {
      await this.choose("audio", devices.audio);
      await this.choose("video", devices.video);
    }
    this.changed();
  }

  /** Opens one device in place of the one in use. The old one stays if the new one cannot be opened. */
  async choose(kind, deviceId) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [kind]: await this.constraints(kind, deviceId) });
      this.use(stream.getTracks()[0]);
    } catch (error) {
      this.problems[kind] = error;
    }
    this.changed();
  }

  use(track) {
    const old = this.tracks[track.kind];
    if (old) {
      track.enabled = old.enabled;
      this.stream.removeTrack(old);
      old.stop();
    }
    this.tracks[track.kind] = track;
    this.problems[track.kind] = null;
    this.stream.addTrack(track);
    track.addEventListener("ended", () => this.lose(track));
  }

  lose(track) {
    if (this.tracks[track.kind] !== track) return;
    this.stream.removeTrack(track);
    this.tracks[track.kind] = null;
    this.problems[track.kind] = new DOMException("The device went away", "DeviceLostError");
    this.changed();
  }

  /** The devices of a kind as [{id, label}]. */
  async list(kind) {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const found = devices.filter((device) => device.kind === `${kind}input` && device.deviceId);
    return found.map(({ deviceId, label }, index) => ({
      id: deviceId,
      label: label || `${KINDS[kind].name} ${index + 1}`,
    }));
  }

  current(kind) {
    return this.tracks[kind]?.getSettings().deviceId;
  }

  stop() {
    for (const kind of Object.keys(KINDS)) {
      const track = this.tracks[kind];
      this.tracks[kind] = null;
      track?.stop();
    }
  }

  async constraints(kind, deviceId) {
    // A browser may pass over an ideal device, and refuses for one that is gone where it must be that one.
    const here = deviceId && (await this.list(kind)).some(({ id }) => id === deviceId);
    return { ...this.kinds[kind].constraints, ...(deviceId && { deviceId: { [here ? "exact" : "ideal"]: deviceId } }) };
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** What went wrong and what to do, for the candidate: a list of {title, help}, empty when all is well. */
export function explain({ video, audio }) {
  if (video && video.name === audio?.name) return [advice("camera and microphone", true, video)];
  return Object.entries({ video, audio })
    .filter(([, error]) => error)
    .map(([kind, error]) => advice(KINDS[kind].name, false, error));
}

function advice(name, both, error) {
  const [is, one, it] = both ? ["are", "them", "them"] : ["is", "one", "it"];
  switch (error.name) {
    case "NotAllowedError":
      return {
        title: `The ${name} ${is} blocked`,
        help: `Click the ${both ? "lock" : name} sign beside the address, allow the ${name}, then try again. On a Mac or on Windows the browser also needs permission in the system’s privacy settings.`,
      };
    case "NotFoundError":
    case "OverconstrainedError":
      return { title: `No ${name} found`, help: `Plug ${one} in or switch ${it} on, then try again.` };
    case "NotReadableError":
    case "AbortError":
      return {
        title: `The ${name} ${is} busy`,
        help: `Another program is using ${it}. Close video calls and other tabs, then try again.`,
      };
    case "DeviceLostError":
      return { title: `The ${name} went away`, help: `Plug ${it} in again or choose another one.` };
    case "InsecureContextError":
      return {
        title: `This address may not use the ${name}`,
        help: "Browsers allow it on https:// and on 127.0.0.1 only. Open the address that the server printed.",
      };
    default:
      return { title: `The ${name} could not be opened`, help: `Unplug ${it}, plug ${it} in again, then try again.` };
  }
}
