// An interviewer's own voice, sent to the server on request so that their words are written down: WHIP with sound alone.

import { request } from "./api.js";
import { gathered } from "./connection.js";

const CONNECT_MS = 10_000;

/** Event: `refused`, a CustomEvent whose detail is a sentence; nothing is sent any longer. */
export class Voice extends EventTarget {
  #track = null;
  #work = Promise.resolve();

  constructor(room) {
    super();
    this.path = `/api/rooms/${room}/voice`;
  }

  /** Sends this track from now on, in place of the one before; null for none, which takes effect at once. */
  use(track, iceServers) {
    if (track === this.#track) return;
    this.#track = track;
    if (!track) this.#drop();
    this.#work = this.#work.then(() => this.#follow(iceServers)).catch((error) => this.#refuse(error.message));
  }

  /** The server listens no longer, as after its restart: begins anew. */
  again(iceServers) {
    const track = this.#track;
    this.use(null);
    this.use(track, iceServers);
  }

  // --- inside ---

  async #follow(iceServers) {
    const track = this.#track;
    if (!track) {
      if (this.open) await request(this.path, { method: "DELETE", keepalive: true });
      this.open = false;
    } else if (this.peer) await this.sender.replaceTrack(track);
    else await this.#connect(track, iceServers);
  }

  async #connect(track, iceServers) {
    const peer = new RTCPeerConnection({ iceServers });
    this.peer = peer;
    this.sender = peer.addTransceiver(track, { direction: "sendonly" }).sender;
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState === "failed" && this.peer === peer) this.#refuse("The connection that carried your words to be written down was lost.");
    });
    try {
      await peer.setLocalDescription();
      await gathered(peer);
      this.open = true;
      const response = await request(this.path, {
        method: "POST",
        headers: { "Content-Type": "application/sdp" },
        body: peer.localDescription.sdp,
        signal: AbortSignal.timeout(CONNECT_MS),
      });
      await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    } catch (error) {
      // Switched off meanwhile: what was closed for that is no failure.
      if (this.peer === peer) throw error;
    }
  }

  #refuse(sentence) {
    if (!this.#track) return;
    this.use(null);
    this.dispatchEvent(new CustomEvent("refused", { detail: sentence }));
  }

  #drop() {
    this.peer?.close();
    this.peer = this.sender = undefined;
  }
}
