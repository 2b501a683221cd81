// The call: picture and sound from browser to browser, one connection for each of the others in the room.
//
// Perfect negotiation (W3C "WebRTC: Real-Time Communication in Browsers", 10.7) over the room's socket: both sides
// may offer at any time; where two offers cross, the polite one's gives way.

const RESEND_MS = 3000;
const PATIENCE_MS = 12_000;
const RENEW_MS = 6000;
const LOOK_MS = 2000;
const MOST_BITS = 1_500_000;
/** What is sent when the line carries `from` bits a second or more: picture divided by `scale`, `frames` a second. */
const STEPS = [
  { from: 0, picture: "none" },
  { from: 80_000, picture: "smaller", scale: 4, frames: 10 },
  { from: 150_000, picture: "smaller", scale: 2, frames: 15 },
  { from: 350_000, picture: "whole", scale: 1, frames: 30 },
];
/** A better step is taken when the line carried this much more than it needs, this many looks in a row. */
const MARGIN = 1.3;
const LOOKS = 3;
/** Sound alone does not show what the line would carry: after so many looks the smallest picture is tried. */
const LOOKS_WITHOUT = 10;

/**
 * Events, all CustomEvents:
 *   `signal`  detail: {member, description?, candidate?}, to be sent
 *   `stream`  detail: {member, kind: "camera" | "screen", stream}; picture and sound of a member, or their screen
 *   `status`  detail: {member, status, relayed}: "waiting" until they answer, "connecting", "connected", "failed"
 *   `sent`    detail: {member, picture: "whole" | "smaller" | "none"}; what of the own picture the line to them carries
 *   `still`   detail: {member, still}; whether nothing has come of their picture for a while
 *   `gone`    detail: {member}
 */
export class Call extends EventTarget {
  #peers = new Map();
  #waiting = new Map();
  #others = new Set();
  #stream = new MediaStream();

  /** `me` is the own member id; with `relayOnly` media goes over a TURN server or not at all. */
  constructor(me, iceServers, relayOnly) {
    super();
    this.me = me;
    this.configuration = { iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" };
    this.tracks = null;
    this.screen = null;
  }

  /** From now on media goes out; `tracks` is {video, audio}, each a MediaStreamTrack or null. */
  start(tracks) {
    this.tracks = { ...tracks };
    this.timer = setInterval(() => this.#look(), LOOK_MS);
    addEventListener("online", this.#hurry);
    this.#arrange();
  }

  stop() {
    clearInterval(this.timer);
    removeEventListener("online", this.#hurry);
    for (const member of [...this.#peers.keys()]) this.#drop(member);
    this.tracks = null;
    this.#others.clear();
    this.#waiting.clear();
  }

  /** Who is there to be spoken with: ids. */
  with(members) {
    this.#others = new Set(members);
    for (const member of this.#waiting.keys()) if (!this.#others.has(member)) this.#waiting.delete(member);
    if (this.tracks) this.#arrange();
  }

  /** Credentials of a TURN server do not last for ever. */
  renew(iceServers) {
    this.configuration.iceServers = iceServers;
    for (const peer of this.#peers.values()) peer.connection.setConfiguration(this.configuration);
  }

  /** A description or candidate of another; kept until there is media to answer with. */
  signal(message) {
    const { member, description } = message;
    if (!this.tracks) {
      const kept = description?.type === "offer" ? [] : (this.#waiting.get(member) ?? []);
      this.#waiting.set(member, [...kept, message]);
      return;
    }
    let peer = this.#peers.get(member) ?? this.#meet(member);
    if (description?.type === "offer" && peer.isFromAnother(description)) {
      // The page there was loaded anew, or began anew: it knows nothing of the connection that there was.
      peer = this.#meet(member);
    }
    peer.receive(message);
  }

  /** Puts another track in the place of one; null for none. */
  async replace(kind, track) {
    if (!this.tracks) return;
    this.tracks[kind] = track;
    await Promise.all([...this.#peers.values()].map((peer) => peer.replace(kind, track)));
  }

  /** Shows a screen beside the camera's picture; null takes it away. */
  share(track) {
    this.screen = track;
    for (const peer of this.#peers.values()) peer.share(track);
  }

  /** Another network: the ways that were found lead nowhere. */
  #hurry = () => this.#peers.forEach((peer) => peer.connection.restartIce());

  #arrange() {
    for (const member of [...this.#peers.keys()]) if (!this.#others.has(member)) this.#drop(member);
    for (const member of this.#others) if (!this.#peers.has(member)) this.#meet(member);
  }

  #look() {
    for (const [member, peer] of [...this.#peers]) {
      // One of the two begins anew, and the other follows.
      if (peer.stuck) this.#meet(member);
      else peer.look();
    }
  }

  /** A connection to a member, in place of the one that there may be. */
  #meet(member) {
    const emit = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail: { member, ...detail } }));
    const earlier = this.#peers.get(member);
    earlier?.close();
    const peer = new Peer(this.configuration, this.me < member, emit, earlier);
    this.#peers.set(member, peer);
    peer.add(this.tracks, this.#stream);
    if (this.screen) peer.share(this.screen);
    const waiting = this.#waiting.get(member) ?? [];
    this.#waiting.delete(member);
    for (const message of waiting) peer.receive(message);
    return peer;
  }

  #drop(member) {
    this.#peers.get(member).close();
    this.#peers.delete(member);
    this.dispatchEvent(new CustomEvent("gone", { detail: { member } }));
  }
}

class Peer {
  #senders = {};
  #early = [];
  #offering = false;
  #ignoring = false;
  #queue = Promise.resolve();
  #step = STEPS.length - 1;
  #better = 0;
  #sent = 0;

  /** `earlier` is the connection whose place it takes. */
  constructor(configuration, polite, emit, earlier) {
    this.polite = polite;
    this.emit = emit;
    this.status = earlier?.status ?? "waiting";
    this.since = earlier && (earlier.since ?? performance.now());
    this.began = performance.now();
    const connection = (this.connection = new RTCPeerConnection(configuration));
    connection.addEventListener("negotiationneeded", () => this.#offer());
    connection.addEventListener("icecandidate", ({ candidate }) => candidate && this.emit("signal", { candidate: plain(candidate) }));
    connection.addEventListener("track", ({ streams: [stream] }) => this.#receiveStream(stream));
    connection.addEventListener("connectionstatechange", () => this.#changed());
    emit("status", { status: this.status, relayed: false });
  }

  /** Nothing has come of it for a while, and it is on this side to begin anew. */
  get stuck() {
    if (this.polite || this.since === undefined || this.connection.connectionState === "connected") return false;
    return this.connection.connectionState === "failed" || performance.now() - Math.max(this.began, this.since) > RENEW_MS;
  }

  close() {
    this.connection.close();
  }

  add(tracks, stream) {
    for (const kind of ["audio", "video"]) {
      // With a track of nothing in its place a device can come later without another negotiation.
      this.#senders[kind] = this.connection.addTrack(tracks[kind] ?? blank(kind), stream);
    }
    adjust(this.#senders.audio, { priority: "high", networkPriority: "high" });
  }

  async replace(kind, track) {
    await this.#senders[kind].replaceTrack(track);
  }

  share(track) {
    if (this.#senders.screen) this.connection.removeTrack(this.#senders.screen);
    this.#senders.screen = null;
    if (!track) return;
    this.#senders.screen = this.connection.addTrack(track, new MediaStream([track]));
  }

  /** The description comes from another page than the ones before. */
  isFromAnother({ sdp }) {
    return this.origin !== undefined && origin(sdp) !== this.origin;
  }

  /** One after the other: a candidate must not overtake its description. */
  receive(message) {
    this.#queue = this.#queue.then(() => this.#take(message)).catch((error) => {
      if (this.connection.signalingState !== "closed") console.warn("signalling", error);
    });
  }

  async #take({ description, candidate }) {
    const { connection } = this;
    if (description) {
      const answered = description.type === "answer";
      if (answered && connection.signalingState !== "have-local-offer") return; // to an offer that was sent twice
      const crossed = description.type === "offer" && (this.#offering || connection.signalingState !== "stable");
      this.#ignoring = crossed && !this.polite;
      if (this.#ignoring) return;
      await connection.setRemoteDescription(description);
      this.origin = origin(description.sdp);
      if (connection.connectionState !== "connected") this.since ??= performance.now();
      for (const early of this.#early.splice(0)) await connection.addIceCandidate(early).catch(() => {});
      if (!answered) {
        await connection.setLocalDescription();
        this.#send();
      }
      this.#settle();
    } else if (candidate) {
      if (!connection.remoteDescription) this.#early.push(candidate);
      else await connection.addIceCandidate(candidate).catch((error) => this.#ignoring || console.debug("candidate", error));
    }
  }

  async #offer() {
    try {
      this.#offering = true;
      await this.connection.setLocalDescription();
      this.#send();
    } catch (error) {
      if (this.connection.signalingState !== "closed") console.warn("signalling", error);
    } finally {
      this.#offering = false;
    }
  }

  #send() {
    const { type, sdp } = this.connection.localDescription;
    this.#sent = performance.now();
    this.emit("signal", { description: { type, sdp } });
  }

  #receiveStream(stream) {
    // Camera and microphone come first and together; whatever comes beside them is a screen.
    if (this.main === undefined) [this.main, this.camera] = [stream.id, stream.getVideoTracks()[0]?.id];
    this.emit("stream", { kind: stream.id === this.main ? "camera" : "screen", stream });
  }

  #changed() {
    const { connectionState } = this.connection;
    if (connectionState === "connected") this.since = undefined;
    else if (["disconnected", "failed"].includes(connectionState)) this.since ??= performance.now();
    this.#settle();
  }

  #settle() {
    const { connectionState } = this.connection;
    const late = this.since !== undefined && performance.now() - this.since > PATIENCE_MS;
    let status = "connecting";
    if (connectionState === "connected") status = "connected";
    else if (late) status = "failed";
    else if (!this.connection.remoteDescription && this.since === undefined) status = "waiting";
    if (status === this.status && this.relayed === this.told) return;
    this.status = status;
    this.told = this.relayed;
    this.emit("status", { status, relayed: Boolean(this.relayed) });
  }

  /** Once in a while: is it still well, and what does the line carry? */
  async look() {
    const { connection } = this;
    if (connection.signalingState === "have-local-offer" && performance.now() - this.#sent > RESEND_MS) this.#send();
    this.#settle();
    if (connection.connectionState !== "connected") return;
    const stats = [...(await connection.getStats()).values()];
    const pair = pairInUse(stats);
    if (!pair) return;
    this.relayed = stats.some(({ id, candidateType }) => [pair.localCandidateId, pair.remoteCandidateId].includes(id) && candidateType === "relay");
    this.#settle();
    this.#lookAtPicture(stats);
    await this.#fit(pair.availableOutgoingBitrate);
  }

  /** Pictures that no longer come, from one look to the next. */
  #lookAtPicture(stats) {
    const camera = stats.find(({ type, kind, trackIdentifier }) => type === "inbound-rtp" && kind === "video" && trackIdentifier === this.camera);
    if (!camera) return;
    const still = camera.framesDecoded === this.decoded;
    this.decoded = camera.framesDecoded;
    if (still !== this.still) this.emit("still", { still: (this.still = still) });
  }

  /** Sends less where the line carries less: at once downwards, only after a while upwards. Sound goes first. */
  async #fit(bits) {
    if (!bits) return;
    const fitting = STEPS.findLastIndex(({ from }) => bits >= from);
    const next = STEPS[this.#step + 1];
    this.#better = this.#step === 0 || (next && bits >= MARGIN * next.from) ? this.#better + 1 : 0;
    if (fitting < this.#step) this.#step = fitting;
    else if (this.#better >= (this.#step === 0 ? LOOKS_WITHOUT : LOOKS)) this.#step += 1;
    else if (this.fitted) return;
    this.#better = 0;
    this.fitted = true;
    const { scale = 1, frames = 1, picture } = STEPS[this.#step];
    this.emit("sent", { picture });
    const active = picture !== "none";
    await adjust(this.#senders.video, { active, scaleResolutionDownBy: scale, maxFramerate: frames, maxBitrate: MOST_BITS }, "balanced");
    if (this.#senders.screen) await adjust(this.#senders.screen, { active, maxBitrate: MOST_BITS }, "maintain-resolution");
  }
}

/** Where several pairs of candidates were found good, the one that carries the media. */
function pairInUse(stats) {
  const used = stats.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId)?.selectedCandidatePairId;
  // Firefox names none on the transport
  return stats.find(({ id, type, selected }) => type === "candidate-pair" && (used ? id === used : selected));
}

async function adjust(sender, limits, preference) {
  try {
    const parameters = sender.getParameters();
    if (preference) parameters.degradationPreference = preference;
    for (const encoding of parameters.encodings) Object.assign(encoding, limits);
    await sender.setParameters(parameters);
  } catch {
    // Not every browser lets it be set; it then adapts by itself.
  }
}

/** The session id of a description, which is its page's own (RFC 8866, 5.2). */
const origin = (sdp) => /^o=\S+ (\d+)/m.exec(sdp)?.[1];

function plain({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
}

/** A track that shows nothing, or is silent. */
function blank(kind) {
  if (kind === "audio") return new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
  const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
  canvas.getContext("2d").fillRect(0, 0, 160, 120);
  return canvas.captureStream(1).getVideoTracks()[0];
}
