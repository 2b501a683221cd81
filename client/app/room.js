// The room's page: knock, agree, check the devices, speak with each other, end. One page with steps, so that the media
// outlive them. What goes over the wire is in client/room.json.

import { getJson, postJson, request } from "./api.js";
import { hold, release, tell } from "./banner.js";
import { Call } from "./call.js";
import { Capture, explain } from "./capture.js";
import { capital, clock, element, find, text } from "./common.js";
import { Connection } from "./connection.js";
import { DeviceCheck, KINDS, chosenDevices, fillChooser } from "./devices.js";
import { Interviewing, MARKS } from "./interviewing.js";
import { Invitations } from "./invitations.js";
import { Overlay } from "./overlay.js";
import { RoomSocket, RoomWatch } from "./room_socket.js";
import { Scorecard } from "./scorecard.js";
import { choiceCards, signOf } from "./sharing.js";
import { Captions } from "./spoken.js";
import { Stage } from "./stage.js";
import { Voice } from "./voice.js";

const STEPS = ["lobby", "waiting", "consent", "check", "call", "ended", "stopped"];
const ROLE_WORDS = { candidate: "the candidate", interviewer: "an interviewer", observer: "an observer" };
const KEPT_WORDS = {
  all: (days) => `Stored: measures and transcript, for at most ${days} days, less if the room is deleted before.`,
  scores: (days) => `Stored: scores and their reasons, not your words, for at most ${days} days.`,
  none: () => "Stored: nothing. The review can be read for ten minutes after the end.",
};
const CLOCK_MS = 500;
const SLOW_MS = 3000;

const room = location.pathname.split("/").filter(Boolean)[1];
const STORED = `rapport.room.${room}`;
const capture = new Capture({ echoCancellation: true });
const check = new DeviceCheck(capture, "You will not be heard.", ({ video, audio }) => {
  find("join").disabled = false;
  find("join").textContent = video || audio ? "Join" : "Join without camera and microphone";
});
const on = { camera: true, microphone: true, screen: false };

let kept = { ...restore(), ...(location.hash.length > 1 ? { invitation: location.hash.slice(1) } : {}) };
let info;
let line;
let welcome;
let members = [];
let choice = null;
let coached = false;
let call;
let stage;
let overlay;
let captions;
let interviewing;
let voice;
let scorecard;
let invitations;
let leg;
let screen;
let asked;

// --- steps ---

function go(step) {
  document.body.dataset.step = step;
  for (const name of STEPS) find(name).hidden = name !== step;
  scrollTo(0, 0);
  find(`${step}-title`).focus({ preventScroll: true });
}

function restore() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED)) ?? {};
  } catch {
    return {};
  }
}

function remember(more) {
  kept = { ...kept, ...more };
  sessionStorage.setItem(STORED, JSON.stringify(kept));
}

function stop(sentence) {
  leaveMedia();
  find("stopped-text").textContent = sentence;
  go("stopped");
}

find("reload").addEventListener("click", () => location.reload());

async function begin() {
  // The token is in the page's memory from here on, not in the address that is shown or bookmarked.
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  remember({});
  try {
    info = await lookIn();
  } catch (error) {
    return stop(error.message);
  }
  find("room-title").textContent = find("room-name").textContent = info.title;
  document.title = `${info.title} · Rapport`;
  if (info.state === "ended") return ended("");
  if (info.member) enter();
  else if (kept.knock) waitForAnswer();
  else lobby();
}

/** By the seat that there may be; else by the invitation or the knock. */
async function lookIn() {
  try {
    return await getJson(`/api/rooms/${room}`);
  } catch (error) {
    const token = kept.knock ?? kept.invitation;
    if (!token || ![401, 403, 410].includes(error.status)) throw error;
    try {
      return await getJson(`/api/rooms/${room}`, { token });
    } catch (again) {
      if (!kept.knock || !kept.invitation) throw again;
      remember({ knock: undefined });
      return getJson(`/api/rooms/${room}`, { token: kept.invitation });
    }
  }
}

// --- lobby ---

function lobby() {
  find("lobby-text").textContent = `You are invited to “${info.title}” as ${ROLE_WORDS[info.role]}.`;
  find("lobby-note").hidden = info.role === "observer";
  find("name").value = kept.name ?? localStorage.getItem("rapport.name") ?? "";
  go("lobby");
  find("name").focus();
}

find("knock-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = find("name").value.trim();
  find("knock").disabled = true;
  find("knock-problem").hidden = true;
  try {
    await knock(name);
    localStorage.setItem("rapport.name", name);
    waitForAnswer();
  } catch (error) {
    find("knock-problem").textContent = error.message;
    find("knock-problem").hidden = false;
  }
  find("knock").disabled = false;
});

async function knock(name) {
  const { token } = await postJson(`/api/rooms/${room}/knocks`, { name }, { token: kept.invitation });
  remember({ knock: token, name });
}

async function waitForAnswer() {
  go("waiting");
  while (kept.knock) {
    let answer;
    try {
      answer = await getJson(`/api/rooms/${room}/knock`, { token: kept.knock });
    } catch (error) {
      if (error.status) {
        remember({ knock: undefined });
        // A server that was started again knows of no knock.
        if (error.status === 410 && kept.invitation && (await knock(kept.name).then(() => true, () => false))) continue;
        return kept.invitation ? lobby() : stop(error.message);
      }
      await new Promise((resolve) => setTimeout(resolve, 2000));
      continue;
    }
    if (answer.state === "waiting") continue;
    remember({ knock: undefined });
    if (answer.state === "refused") return stop("Nobody let you in this time. If you think that was a mistake, ask them, then try again.");
    return begin();
  }
}

find("unknock").addEventListener("click", () => {
  remember({ knock: undefined });
  location.reload();
});

// --- in the room ---

function enter() {
  const observes = info.role === "observer";
  document.body.dataset.role = info.role;
  line = observes ? new RoomWatch(room) : new RoomSocket(room);
  line.addEventListener("message", ({ detail: { type, data } }) => HANDLERS[type]?.(data));
  line.addEventListener("status", ({ detail }) => showStatus(detail));
  line.addEventListener("held", () => tell("There is no connection now; this is sent as soon as it is back."));
  line.addEventListener("over", () => ended(welcome?.room.message ?? ""));
  line.addEventListener("refused", ({ detail }) => stop(detail));
  line.open().catch((error) => stop(error.message));
}

const HANDLERS = {
  welcome: (data) => welcomed(data),
  room: (data) => showRoom(data),
  members: (data) => showMembers(data),
  knocks: ({ knocks }) => showDoor(knocks),
  consent: (data) => consented(data),
  analysis: (data) => analyse(data),
  signal: (data) => call?.signal(data),
  snapshot: (data) => overlay?.snapshot(data),
  reasons: (data) => overlay?.reasons(data),
  caption: (data) => captions?.caption(data),
  question: (data) => showQuestion(data),
  unasked: (data) => hideQuestion(data),
  follow_ups: (data) => interviewing?.followUps(data),
  mark: (data) => interviewing?.marked(data),
  rated: () => {},
  // A signal to somebody who has just gone is sent again when they are back.
  problem: ({ about, message }) => about !== "signal" && tell(message),
};

function welcomed(data) {
  const first = !welcome;
  welcome = data;
  if (first) prepare(data);
  call?.renew(data.ice_servers);
  showMembers(data);
  showDoor(data.knocks);
  showRoom(data.room);
  consented(data.consent, true);
  if (data.t === null) hideClocks();
  if (data.room.message) overlay?.explain(data.room.message);
  interviewing?.welcome(data);
  if (data.question) showQuestion(data.question);
  if (data.analysis) analyse(data.analysis);
  const heard = members.some(({ id, written }) => id === data.me && written);
  if (!first && !heard) voice?.again(data.ice_servers);
  if (!first) scorecard?.again();
  if (first) firstStep();
  else if (document.body.dataset.step === "call") declare();
}

function prepare({ me, may, ice_servers: iceServers }) {
  const speaks = may.includes("speak");
  const watches = info.role !== "candidate";
  find("controls").querySelectorAll("button:not(#end)").forEach((button) => (button.hidden = !speaks));
  find("toggle-screen").hidden = info.role !== "interviewer" || !navigator.mediaDevices?.getDisplayMedia;
  find("stage").hidden = !speaks;
  find("end-text").textContent = speaks ? "End" : "Leave";
  find("captions").hidden = !watches;
  if (speaks) {
    call = new Call(me, iceServers, relayOnly());
    stage = new Stage(find("stage"), me, info.role === "candidate" ? "interviewer" : "candidate");
    call.addEventListener("signal", ({ detail }) => line.send("signal", detail));
    call.addEventListener("stream", ({ detail }) => stage.stream(detail.member, detail.kind, detail.stream));
    call.addEventListener("status", ({ detail }) => showPath(detail));
    call.addEventListener("sent", ({ detail }) => showSent(detail));
    call.addEventListener("still", ({ detail }) => stage.still(detail.member, detail.still));
    call.addEventListener("gone", ({ detail }) => {
      paths.delete(detail.member);
      lines.delete(detail.member);
      stage.gone(detail.member);
    });
    stage.addEventListener("blocked", () => showSound());
  }
  if (watches) {
    overlay = new Overlay(find("overlay"));
    find("overlay").hidden = false;
    find("overlay").addEventListener("time", ({ detail }) => showClock(detail));
    captions = new Captions(find("caption-text"), (member) => (member === null ? nameOf("candidate") : (members.find(({ id }) => id === member)?.name ?? "")));
  }
  if (may.includes("ask")) {
    interviewing = new Interviewing(find("tools"));
    interviewing.addEventListener("ask", ({ detail }) => line.send("ask", detail));
    interviewing.addEventListener("reword", ({ detail }) => line.send("reword", detail));
    interviewing.addEventListener("unask", ({ detail }) => line.send("unask", detail));
    interviewing.addEventListener("mark", ({ detail }) => line.send("mark", detail));
    interviewing.addEventListener("write", () => {
      remember({ writes: interviewing.writes });
      arrangeVoice();
    });
    interviewing.writes = kept.writes === true;
    voice = new Voice(room);
    voice.addEventListener("refused", ({ detail }) => {
      interviewing.writes = false;
      remember({ writes: false });
      tell(detail);
    });
    if (info.scorecard) scorecard = new Scorecard(find("tools"), room, info.scorecard);
  }
  if (may.includes("admit")) {
    invitations = new Invitations(find("invitations"), room);
    invitations.show({ candidate: info.role === "candidate" });
  }
}

const nameOf = (role) => members.find((member) => member.role === role)?.name ?? "";

function firstStep() {
  if (info.role === "observer") return startWatching();
  if (info.role === "candidate" && choice === null) return askConsent();
  if (kept.joined) return rejoin();
  openDevices();
}

function startWatching() {
  go("call");
  overlay.start();
}

// --- consent ---

function askConsent() {
  const interviewers = members.filter(({ role }) => role === "interviewer").map(({ name }) => name);
  find("consent-who").textContent = interviewers.length ? interviewers.join(", ") : "the interviewers";
  find("consent-stored").replaceChildren(KEPT_WORDS[info.keep](info.retention_days));
  find("consent-choices").replaceChildren(...choiceCards("choice", null));
  offerCoach();
  getJson("/api/features").then(tellFeatures, () => {});
  go("consent");
}

function tellFeatures({ grammar, coach }) {
  for (const name of document.querySelectorAll(".coach-model")) name.textContent = coach ?? "";
  find("grammar-note").hidden = !grammar;
  find("grammar-server").textContent = grammar ?? "";
}

find("consent-form").addEventListener("change", () => (find("agree").disabled = false));
find("consent-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const agreed = new FormData(event.target);
  line.send("consent", { choice: agreed.get("choice"), coach: agreed.has("coach") });
});
find("leave").addEventListener("click", giveUp);

/** The answers may go to a language model, where the server has one and the candidate says so. */
function offerCoach() {
  for (const offer of document.querySelectorAll(".coach-choice")) {
    offer.hidden = !info.features.coach;
    offer.querySelector("input").checked = coached;
  }
}

/** What is in force; before there is a choice no device is opened. */
function consented({ choice: now, coach }, silent = false) {
  const before = choice;
  choice = now;
  coached = coach;
  const sign = find("shared");
  sign.textContent = coached ? `${signOf(choice)}; a language model suggests questions` : signOf(choice);
  sign.dataset.choice = choice ?? "";
  sign.disabled = info.role !== "candidate";
  if (before !== choice) {
    overlay?.consent(choice);
    captions?.clear();
    hideClocks();
  }
  arrangeCall();
  arrangeVoice();
  if (choice !== null && document.body.dataset.step === "consent") openDevices();
  else if (!silent && before !== null && before !== choice) tell(info.role === "candidate" ? `From now on: ${signOf(choice).toLowerCase()}.` : `The candidate has changed it: ${signOf(choice).toLowerCase()}.`);
}

find("shared").addEventListener("click", () => {
  find("sharing-choices").replaceChildren(...choiceCards("change", choice));
  offerCoach();
  find("sharing").showModal();
});
find("sharing-cancel").addEventListener("click", () => find("sharing").close());
find("sharing-form").addEventListener("submit", (event) => {
  const agreed = new FormData(event.target);
  const wanted = agreed.get("change");
  // The own leg closes here and now, not when the server has heard of it.
  if (wanted === "none") closeLeg();
  line.send("consent", { choice: wanted, coach: agreed.has("coach") });
});

// --- devices ---

async function openDevices() {
  go("check");
  find("check-text").textContent = info.role === "candidate" ? "The interviewers see and hear you once you join." : "The others see and hear you once you join.";
  await check.start();
}

find("join").addEventListener("click", () => {
  check.stop();
  remember({ joined: true });
  join();
});

async function rejoin() {
  go("call");
  await capture.open(chosenDevices());
  join();
}

capture.addEventListener("change", () => call?.tracks && devicesChanged());
navigator.mediaDevices?.addEventListener("devicechange", comeBack);

async function devicesChanged() {
  find("device-help").textContent = explain(capture.problems)
    .map(({ title, help }) => `${title}. ${help}`)
    .join(" ");
  // before they go out: a microphone that was off must not be heard for a moment
  switchTracks();
  for (const kind of KINDS) {
    const track = capture.tracks[kind];
    if (call.tracks[kind] !== track) await call.replace(kind, track);
    if (leg && leg.tracks[kind] !== track) await leg.replace(kind, track);
  }
  if (find("devices-dialog").open) showDevices();
  declare();
}

/** In place of a device that went away comes itself, plugged in again, or another one. */
async function comeBack() {
  for (const kind of KINDS) {
    const lost = capture.problems[kind]?.name === "DeviceLostError";
    if (call?.tracks && lost && (await capture.list(kind)).length) await capture.choose(kind, chosenDevices()[kind]);
  }
}

function showDevices() {
  for (const kind of KINDS) fillChooser(find(`${kind}-device-now`), capture, kind);
}

// --- the call ---

function join() {
  go("call");
  overlay?.start();
  startCall();
  declare();
  openLeg();
}

function startCall() {
  call.start(capture.tracks);
  arrangeCall();
}

/** With whom there is a connection: whoever speaks and is here, the candidate only once they have chosen. */
function arrangeCall() {
  const speakers = members.filter(({ id, role, here }) => here && id !== welcome?.me && (role === "interviewer" || (role === "candidate" && choice !== null)));
  call?.with(info.role === "candidate" && choice === null ? [] : speakers.map(({ id }) => id));
}

function switchTracks() {
  const { video, audio } = capture.tracks;
  if (video) video.enabled = on.camera;
  if (audio) audio.enabled = on.microphone;
}

/** Applies the switches to the tracks and tells everybody. */
function declare() {
  switchTracks();
  const { video, audio } = capture.tracks;
  const now = { camera: Boolean(video) && on.camera, microphone: Boolean(audio) && on.microphone };
  stage?.self(capture.stream, now.camera);
  if (call?.tracks) line.send("media", { ...now, screen: on.screen });
  leg?.declare(now);
  arrangeVoice();
  for (const name of ["camera", "microphone"]) press(name, now[name], now[name] ? name : `${name}-off`, !now[name]);
  press("screen", on.screen, "screen", false);
  find("toggle-screen").classList.toggle("on", on.screen);
}

function press(name, pressed, icon, off) {
  const button = find(`toggle-${name}`);
  button.setAttribute("aria-pressed", pressed);
  button.classList.toggle("off", off);
  button.querySelector("use").setAttribute("href", `/static/icons.svg#${icon}`);
}

async function toggle(name, kind) {
  if (!capture.tracks[kind]) {
    on[name] = true;
    await capture.choose(kind, chosenDevices()[kind]);
    return;
  }
  on[name] = !on[name];
  declare();
}

async function toggleScreen() {
  if (screen) return stopScreen();
  try {
    const shown = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: false });
    [screen] = shown.getVideoTracks();
  } catch (error) {
    if (error.name !== "NotAllowedError") tell("The screen could not be shared.");
    return;
  }
  screen.contentHint = "detail";
  screen.addEventListener("ended", stopScreen);
  call.share(screen);
  on.screen = true;
  declare();
}

function stopScreen() {
  call.share(null);
  screen?.stop();
  screen = undefined;
  on.screen = false;
  declare();
}

const relayOnly = () => new URLSearchParams(location.search).get("relay") === "1" || kept.relay === true;

find("devices").addEventListener("click", () => {
  find("relay").checked = relayOnly();
  showDevices();
  find("devices-dialog").showModal();
});
find("relay").addEventListener("change", ({ target }) => {
  remember({ relay: target.checked });
  const address = new URL(location.href);
  address.searchParams.delete("relay");
  history.replaceState(null, "", address);
  call.configuration.iceTransportPolicy = relayOnly() ? "relay" : "all";
  call.stop();
  startCall();
});

// --- the way between the browsers ---

const paths = new Map();

function showPath({ member, status, relayed }) {
  stage.status(member, status, relayed);
  paths.set(member, status);
  const failed = [...paths].filter(([, each]) => each === "failed").map(([id]) => members.find((each) => each.id === id)?.name ?? "them");
  find("path").hidden = !failed.length;
  if (!failed.length) return;
  const turn = welcome.ice_servers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
  const help = relayOnly()
    ? turn
      ? "The relay does not answer. Switch “relay only” off under Devices, or ask whoever runs the server whether the relay is up."
      : "This server has no relay, and only a relay is allowed here. Switch “relay only” off under Devices."
    : turn
      ? "Neither the direct way nor the relay gets through. Try another network, such as a phone’s, or switch a VPN off; it is tried again by itself."
      : "A firewall or a VPN stands between you, and this server has no relay. Try another network, such as a phone’s, or switch the VPN off; whoever runs the server can set up a relay (TURN). It is tried again by itself.";
  find("path").replaceChildren(text("strong", "", `No picture and sound with ${failed.join(" and ")}`), help);
}

const PICTURES = ["whole", "smaller", "none"];
const SLOW = {
  smaller: "Your line is slow: your picture is sent smaller, so that you are heard well.",
  none: "Your line is too slow for a picture: you are heard, and not seen. The picture comes back by itself.",
};
const lines = new Map();
let sent = "whole";
let sentTimer;

/** The least that anybody gets of the own picture; said when it stays so, since a line has weak moments. */
function showSent({ member, picture }) {
  lines.set(member, picture);
  const least = PICTURES.findLast((each) => [...lines.values()].includes(each));
  if (least === sent) return;
  const worse = PICTURES.indexOf(least) > PICTURES.indexOf(sent);
  sent = least;
  clearTimeout(sentTimer);
  sentTimer = setTimeout(() => {
    stage.sent(least);
    if (worse) tell(SLOW[least]);
  }, worse ? SLOW_MS : 0);
}

function showSound() {
  const button = element("button", { type: "button", className: "button", textContent: "Turn the sound on" });
  button.addEventListener("click", () => {
    release();
    stage.resume();
  });
  hold("Your browser holds the sound back. ", button);
}

// --- the second leg ---

let analysis = { state: "off" };

function analyse(data) {
  analysis = data;
  if (data.message) tell(data.message);
  if (data.state === "ready") openLeg();
  else closeLeg();
}

/** The same tracks go to the server, which measures; only once they have joined and shared something. */
function openLeg() {
  const { state, session, token } = analysis;
  if (state !== "ready" || !call?.tracks || choice === "none" || choice === null || leg?.session.id === session) return;
  closeLeg();
  leg = new Connection({ id: session, token, iceServers: welcome.ice_servers }, capture.tracks);
  leg.addEventListener("message", ({ detail: { type, data } }) => type === "snapshot" && showOwnTime(data));
  leg.addEventListener("over", () => (leg = undefined));
  leg.addEventListener("refused", ({ detail }) => {
    leg = undefined;
    tell(detail);
  });
  leg.open().catch((error) => tell(error.message));
  declare();
}

let shownAt = 0;

/** The candidate sees the time, and no figures: they are for looking back. */
function showOwnTime({ t, live }) {
  if (performance.now() - shownAt < CLOCK_MS) return;
  shownAt = performance.now();
  showClock({ t, answer: live.answer_seconds });
}

function closeLeg() {
  leg?.close();
  leg = undefined;
}

// --- the interviewer's own words ---

/** The microphone of the call goes to the server, too, while that is wanted, it is on, and something is shared. */
function arrangeVoice() {
  if (!voice) return;
  const shared = choice === "everything" || choice === "content";
  interviewing.sharing(shared);
  const wanted = shared && interviewing.writes && on.microphone && call.tracks;
  voice.use(wanted ? capture.tracks.audio : null, welcome.ice_servers);
}

// --- who is here ---

function showRoom(data) {
  welcome.room = data;
  const waiting = { candidate: "Waiting for an interviewer", interviewer: "Waiting for the candidate", observer: "Waiting for the interview to begin" };
  find("room-state").textContent = data.state === "waiting" ? waiting[info.role] : "";
  if (data.message && data.state !== "ended") tell(data.message);
}

function showMembers({ members: seated, observers }) {
  members = seated;
  stage?.members(members);
  arrangeCall();
  const mayRemove = welcome.may.includes("admit");
  find("members").replaceChildren(
    ...members.map(({ id, name, role, owner, here, written }) => {
      const item = element("li", { dataset: { here } }, text("span", "member-name", id === welcome.me ? `${name} (you)` : name), text("span", "soft small", here ? `${role}${written ? ", words written down" : ""}` : `${role}, not here now`));
      if (mayRemove && id !== welcome.me && !owner) {
        const remove = element("button", { type: "button", className: "button plain small", textContent: "Remove", aria: { label: `Remove ${name}` } });
        remove.addEventListener("click", () => confirm(`Take ${name}’s seat away?`) && line.send("remove", { member: id }));
        item.append(remove);
      }
      return item;
    }),
  );
  const more = observers.here > observers.names.length ? " and others" : "";
  find("observers").textContent = observers.here ? `${observers.here} watching: ${observers.names.join(", ")}${more}` : "";
  invitations?.hide("candidate", members.some(({ role }) => role === "candidate"));
}

function showDoor(knocks) {
  const door = find("door");
  const rows = knocks.map(({ id, name, role }) => {
    const admit = element("button", { type: "button", className: "button primary", textContent: "Let in", dataset: { knock: id }, aria: { label: `Let ${name} in` } });
    const refuse = element("button", { type: "button", className: "button plain", textContent: "Send away", aria: { label: `Send ${name} away` } });
    admit.addEventListener("click", () => line.send("admit", { knocks: [id] }));
    refuse.addEventListener("click", () => line.send("refuse", { knocks: [id] }));
    return element("p", {}, element("span", {}, text("strong", "", name), ` knocks, as ${ROLE_WORDS[role]}`), admit, refuse);
  });
  if (knocks.length > 3) {
    const all = element("button", { type: "button", className: "button", textContent: `Let all ${knocks.length} in` });
    all.addEventListener("click", () => line.send("admit", { knocks: knocks.map(({ id }) => id) }));
    rows.splice(3, rows.length, element("p", {}, text("span", "", `and ${knocks.length - 3} more`), all));
  }
  door.replaceChildren(...rows);
  door.hidden = !knocks.length;
}

// --- what is asked ---

function showQuestion(data) {
  if (asked?.index !== data.index) overlay?.question();
  asked = data;
  find("question-place").textContent = `Question ${data.index + 1} of ${data.count} · ${capital(data.topic)}`;
  find("question").textContent = data.text;
  interviewing?.question(data);
  scorecard?.ask(interviewing.questions, data.index);
}

/** What was taken for a question was none; the one before it follows, if there was one. */
function hideQuestion({ index }) {
  interviewing?.unasked({ index });
  if (asked?.index !== index) return;
  asked = undefined;
  overlay?.question();
  find("question-place").textContent = "";
  find("question").textContent = "No question has been asked yet.";
  find("answer-clock").hidden = true;
  scorecard?.ask(interviewing.questions, undefined);
}

function hideClocks() {
  find("session-clock").hidden = find("answer-clock").hidden = true;
}

function showClock({ t, answer }) {
  find("session-clock").textContent = clock(t);
  find("session-clock").hidden = false;
  find("answer-clock").hidden = answer === null || !asked;
  if (answer === null || !asked) return;
  find("answer-seconds").textContent = clock(answer);
  find("answer-target").textContent = ` of about ${clock(asked.seconds)}`;
}

// --- status, keys, end ---

function showStatus(status) {
  find("on-air").dataset.status = status;
  if (status === "connected") return find("room-state").textContent === "Connecting…" && (find("room-state").textContent = "");
  find("room-state").textContent = status === "reconnecting" ? "Reconnecting…" : "Connecting…";
  if (status === "reconnecting") overlay?.disconnected();
}

const ACTIONS = {
  "toggle-camera": () => toggle("camera", "video"),
  "toggle-microphone": () => toggle("microphone", "audio"),
  "toggle-screen": () => toggleScreen(),
  end: () => leaveOrEnd(),
};
const SHORTCUTS = { v: "toggle-camera", m: "toggle-microphone" };

for (const [id, action] of Object.entries(ACTIONS)) find(id).addEventListener("click", action);

addEventListener("keydown", (event) => {
  if (document.body.dataset.step !== "call" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
  if (event.shiftKey) return event.key === "E" && leaveOrEnd();
  const key = event.key.toLowerCase();
  const mark = MARKS.find((each) => each.key.toLowerCase() === key);
  if (info.role !== "observer" && SHORTCUTS[key]) ACTIONS[SHORTCUTS[key]]();
  else if (key === "d") overlay?.turn();
  else if (interviewing && key === "a") interviewing.next();
  else if (interviewing && mark) {
    // The key must not become the note's first letter.
    event.preventDefault();
    interviewing.mark(mark.mark);
  }
});

function leaveOrEnd() {
  if (info.role === "observer") return giveUp();
  find("ending-dialog").showModal();
}

find("ending-cancel").addEventListener("click", () => find("ending-dialog").close());
find("ending-leave").addEventListener("click", () => {
  leaveMedia();
  remember({ joined: undefined });
  stop("You are out of the call. Your seat is kept: come back with “Try again”, or open the link again.");
});
find("ending-form").addEventListener("submit", () => (welcome.may.includes("end") ? line.send("end", {}) : giveUp()));

async function giveUp() {
  leaveMedia();
  sessionStorage.removeItem(STORED);
  const left = info.role === "candidate" ? "You have left the room." : "You no longer watch.";
  try {
    await request(`/api/rooms/${room}/seat`, { method: "DELETE" });
    stop(left);
  } catch (error) {
    stop(error.message);
  }
}

function leaveMedia() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  line?.close();
  closeLeg();
  voice?.use(null);
  check.stop();
  call?.stop();
  stage?.clear();
  overlay?.stop();
  screen?.stop();
  capture.stop();
  find("door").hidden = true;
}

function ended(sentence) {
  leaveMedia();
  find("ended-text").textContent = sentence;
  const reviews = info.role !== "observer";
  find("review-link").hidden = !reviews;
  find("review-link").href = `/rooms/${room}/review`;
  go("ended");
}

begin();
