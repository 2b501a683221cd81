// The practice page, from consent to the report. One page with steps, so that the media stream survives them.

import { getJson, postJson } from "./api.js";
import { hold, release, tell } from "./banner.js";
import { Capture, explain } from "./capture.js";
import { find, write } from "./common.js";
import { Connection } from "./connection.js";
import { DeviceCheck, KINDS, chosenDevices, say } from "./devices.js";
import { LiveView } from "./live.js";
import { LevelMeter } from "./meters.js";
import { PictureCheck } from "./pictures.js";
import { wantedQuestions } from "./questions.js";
import { QuestionReader } from "./reader.js";

const STORED = "rapport.session";
const STEPS = ["consent", "check", "live", "ending", "stopped"];

const capture = new Capture();
const view = new LiveView();
const reader = new QuestionReader(speaking);

let session = restore();
let connection;

// --- steps ---

function go(step) {
  document.body.dataset.step = step;
  for (const name of STEPS) find(name).hidden = name !== step;
  for (const item of document.querySelectorAll(".steps li")) {
    if (item.dataset.for === step) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  find(`${step}-title`).focus({ preventScroll: true });
}

function restore() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED));
  } catch {
    return null;
  }
}

function remember(step) {
  session = { ...session, step };
  sessionStorage.setItem(STORED, JSON.stringify(session));
}

function stop(text) {
  leaveMedia();
  sessionStorage.removeItem(STORED);
  find("stopped-text").textContent = text;
  go("stopped");
}

// --- consent ---

find("consent-form").addEventListener("submit", (event) => {
  event.preventDefault();
  localStorage.setItem("rapport.keep", keepChoice());
  localStorage.setItem("rapport.rubric", rubricChoice());
  checkDevices();
});

find("consent-form").addEventListener("change", offerRecording);

/** What is not kept whole is not recorded. */
function offerRecording() {
  const possible = keepChoice() === "all";
  find("recording-option").disabled = !possible;
  if (!possible) find("recording-option").checked = false;
}

const keepChoice = () => new FormData(find("consent-form")).get("keep");
const rubricChoice = () => (find("content-option").checked ? "content-only" : "practice");

function consent() {
  const before = localStorage.getItem("rapport.keep");
  const radio = [...document.getElementsByName("keep")].find(({ value }) => value === before);
  if (radio) radio.checked = true;
  find("content-option").checked = localStorage.getItem("rapport.rubric") === "content-only";
  offerRecording();
  getJson("/api/features").then(tellFeatures, () => {});
  go("consent");
}

function tellFeatures({ coach, grammar }) {
  find("coach-choice").hidden = !coach;
  find("coach-model").textContent = coach ?? "";
  find("grammar-note").hidden = !grammar;
  find("grammar-server").textContent = grammar ?? "";
}

// --- device check ---

const WITH_CAMERA = find("how-to-sit").textContent;
const WITHOUT_CAMERA = "Without a camera, only your voice and words are coached.";

const check = new DeviceCheck(capture, "Nothing about your voice or words will be scored.", showDevices);
const pictureCheck = new PictureCheck(find("preview"), showPicture);
let checkedCamera;
/** What the calibration measured; the server says what it is made of. */
let neutral = null;

async function checkDevices() {
  go("check");
  await check.start();
  pictureCheck.start();
}

capture.addEventListener("change", () => document.body.dataset.step === "live" && devicesChanged());

function showDevices({ video, audio }) {
  if (checkedCamera !== video) {
    checkedCamera = video;
    pictureCheck.restart();
    forgetNeutral();
  }
  find("calibration").hidden = !video;
  document.querySelector(".guide").classList.toggle("unseen", !video);
  write(find("how-to-sit"), video ? WITH_CAMERA : WITHOUT_CAMERA);
  find("begin").disabled = !video && !audio;
  find("begin").textContent = !video === !audio ? "Start" : `Start without a ${video ? "microphone" : "camera"}`;
}

function showPicture(picture) {
  if (!capture.tracks.video) say("seen", "unknown", "Nothing about your picture will be scored.");
  else if (!picture) say("seen", "unknown", "Looking at your picture…");
  else if (picture.problem) say("seen", "problem", `${picture.title}. ${picture.help}`);
  else say("seen", "good", "We see you well");
}

function forgetNeutral() {
  neutral = null;
  say("calibrated", "unknown", "Optional: you can start without.");
  find("calibrate").textContent = "Calibrate";
}

find("calibrate").addEventListener("click", async () => {
  if (pictureCheck.calibrating) return pictureCheck.cancel();
  forgetNeutral();
  find("calibrate").textContent = "Cancel";
  find("check-picture").scrollIntoView({ block: "nearest" });
  try {
    const found = await pictureCheck.calibrate(countDown);
    neutral = found.neutral;
    const words = found.picture.problem ? `${found.picture.title}. ${found.picture.help}` : "";
    if (neutral) say("calibrated", "good", words ? `Calibrated. ${words}` : "Calibrated");
    else say("calibrated", "problem", words);
  } catch (error) {
    if (error.name !== "AbortError") say("calibrated", "problem", error.message);
  }
  find("countdown").hidden = true;
  find("calibrate").textContent = neutral ? "Repeat" : "Calibrate";
});

function countDown(left) {
  find("countdown").hidden = false;
  const text = left ? "Look at the camera, sit as you will sit" : "One moment";
  if (find("countdown-text").textContent !== text) find("countdown-text").textContent = text;
  find("countdown-seconds").textContent = left || "";
}

find("begin").addEventListener("click", begin);

async function begin() {
  const wanted = new URLSearchParams(location.search);
  find("begin").disabled = true;
  find("start-problem").hidden = true;
  try {
    const made = await postJson("/api/sessions", {
      title: wanted.get("title") ?? undefined,
      ...wantedQuestions(location.search),
      keep: keepChoice(),
      rubric: rubricChoice(),
      expressions: find("expressions-option").checked,
      recording: find("recording-option").checked,
      coach: find("coach-option").checked,
      neutral: neutral ?? undefined,
    });
    session = {
      id: made.id,
      token: made.token,
      iceServers: made.ice_servers,
      questions: made.question_count,
      speak: find("speak-option").checked,
    };
  } catch (error) {
    if (error.status === 401) return stop("You are not signed in. Open the address that the server printed when it started.");
    find("start-problem").textContent = error.message;
    find("start-problem").hidden = false;
    find("begin").disabled = false;
    return;
  }
  live();
}

// --- live ---

const liveMeter = new LevelMeter((level) => find("live-level").style.setProperty("--level", level));

function live() {
  pictureCheck.stop();
  check.stop();
  remember("live");
  go("live");
  reader.on = Boolean(session.speak) && reader.possible;
  find("self-view").srcObject = capture.stream;
  liveMeter.follow(capture.tracks.audio);
  connection = new Connection(session, capture.tracks);
  connection.addEventListener("message", ({ detail }) => received(detail));
  connection.addEventListener("status", ({ detail }) => showStatus(detail));
  connection.addEventListener("over", () => toReport());
  connection.addEventListener("refused", ({ detail }) => stop(detail));
  connection.open().catch((error) => stop(error.message));
  view.start();
  if (!session.questions) view.freeTalk();
  showSwitches();
  devicesChanged();
}

function received(message) {
  const { type, data } = message;
  view.show(message);
  if (type === "question") reader.read(data);
  if (type === "report") toReport();
  if (type === "state") sessionState(data);
}

function sessionState({ state, recording, message }) {
  find("session-state").textContent = state === "live" ? "" : STATE_WORDS[state];
  find("recording-sign").hidden = !recording || state !== "live";
  if (message) tell(message);
  if (state === "ended") toReport();
}

const STATE_WORDS = { created: "Waiting for your picture", waiting: "Waiting for you", ending: "Ending", ended: "Ended" };
const STATUS_WORDS = { connecting: "Connecting…", connected: "", reconnecting: "Reconnecting…" };

function showStatus(status) {
  find("on-air").dataset.status = status;
  find("session-state").textContent = STATUS_WORDS[status];
  const lost = status === "reconnecting";
  if (lost) find("recording-sign").hidden = true;
  if (lost) hold("Connection lost. Reconnecting; your session is kept.");
  else release();
  find("live").classList.toggle("stale", lost);
  if (status !== "connected") view.disconnected();
}

async function devicesChanged() {
  find("device-help").textContent = explain(capture.problems)
    .map(({ title, help }) => `${title}. ${help}`)
    .join(" ");
  for (const kind of KINDS) {
    if (connection && connection.tracks[kind] !== capture.tracks[kind]) {
      await connection.replace(kind, capture.tracks[kind]);
      if (kind === "audio") liveMeter.follow(capture.tracks.audio);
    }
  }
  declare();
}

const wanted = { camera: true, microphone: true };
const SWITCHES = [
  { name: "camera", kind: "video" },
  { name: "microphone", kind: "audio" },
];

/** Applies the switches to the tracks and tells the server. */
function declare() {
  const on = {};
  for (const { name, kind } of SWITCHES) {
    const track = capture.tracks[kind];
    on[name] = Boolean(track) && wanted[name] && !(name === "microphone" && reader.speaking);
    if (track) track.enabled = on[name];
  }
  view.on = { camera: on.camera, microphone: on.microphone };
  find("picture-empty").hidden = on.camera;
  connection?.declare(on);
  showSwitches();
}

/** While a question is read aloud the microphone is off, so that the voice is not taken for the candidate's. */
function speaking() {
  if (document.body.dataset.step === "live") declare();
}

async function toggle(name, kind) {
  if (!capture.tracks[kind]) {
    wanted[name] = true;
    await capture.choose(kind);
    return;
  }
  wanted[name] = !wanted[name];
  declare();
}

function showSwitches() {
  for (const { name, kind } of SWITCHES) {
    const on = Boolean(capture.tracks[kind]) && wanted[name];
    press(`toggle-${name}`, on, on ? name : `${name}-off`);
    find(`toggle-${name}`).classList.toggle("off", !on);
  }
  const calm = document.body.classList.contains("calm");
  press("toggle-calm", calm, calm ? "calm-on" : "calm");
  find("toggle-calm").classList.toggle("on", calm);
  press("toggle-speak", reader.on, reader.on ? "speak" : "speak-off");
  find("toggle-speak").classList.toggle("on", reader.on);
  find("toggle-speak").hidden = !reader.possible;
}

function press(id, on, icon) {
  find(id).setAttribute("aria-pressed", on);
  find(id).querySelector("use").setAttribute("href", `/static/icons.svg#${icon}`);
}

const ACTIONS = {
  next: () => view.asked && !find("next").disabled && connection.next(view.asked.index + 1),
  "toggle-camera": () => toggle("camera", "video"),
  "toggle-microphone": () => toggle("microphone", "audio"),
  "toggle-calm": () => {
    localStorage.setItem("rapport.calm", document.body.classList.toggle("calm"));
    showSwitches();
  },
  "toggle-speak": () => {
    reader.switch(!reader.on, view.asked);
    session.speak = reader.on;
    remember("live");
    showSwitches();
  },
  end: () => end(),
};
const SHORTCUTS = { n: "next", v: "toggle-camera", m: "toggle-microphone", c: "toggle-calm", s: "toggle-speak" };

for (const [id, action] of Object.entries(ACTIONS)) find(id).addEventListener("click", action);

addEventListener("keydown", (event) => {
  if (document.body.dataset.step !== "live" || event.repeat) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const id = event.shiftKey ? (event.key === "E" ? "end" : null) : SHORTCUTS[event.key.toLowerCase()];
  if (id) ACTIONS[id]();
});

// --- end ---

find("end-again").addEventListener("click", end);

async function end() {
  remember("ending");
  find("end-again").hidden = true;
  find("ending-text").textContent = "The last words are being read.";
  go("ending");
  leaveMedia();
  try {
    const { report } = await connection.end();
    toReport(report);
  } catch (error) {
    if ([404, 409, 410].includes(error.status)) return toReport();
    find("ending-text").textContent = error.message;
    find("end-again").hidden = false;
  }
}

function leaveMedia() {
  view.stop();
  reader.switch(false);
  check.stop();
  pictureCheck.stop();
  liveMeter.stop();
  capture.stop();
  connection?.close();
}

let leaving = false;

/** The page of the report, not the JSON that the server may name. */
function toReport() {
  if (leaving) return;
  leaving = true;
  remember("ended");
  leaveMedia();
  const url = `/sessions/${encodeURIComponent(session.id)}`;
  find("report-link").href = url;
  find("report-link").hidden = false;
  location.replace(url);
}

// --- where to begin ---

async function resume() {
  go("live");
  await capture.open(chosenDevices());
  live();
}

if (localStorage.getItem("rapport.calm") === "true") document.body.classList.add("calm");
find("speak-choice").hidden = !reader.possible;
if (session?.step === "live") resume();
else if (session?.step === "ending") {
  connection = new Connection(session, capture.tracks);
  end();
} else consent();
