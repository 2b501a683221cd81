// What to be asked: a set that has a name, one put together for a role, or an own list.

import { getJson, request } from "./api.js";
import { capital, clock, element, find } from "./common.js";

const WISH = "rapport.questions";
const OWN_TEXT = "rapport.own-text";
const OWN_LIST = "rapport.own-questions";
const MINUTES = [5, 10, 15, 20, 30, 45];
const USUAL = { way: "set", role: "general", minutes: "15", difficulty: "medium" };
const WAIT_MS = 500;
/** Of a file; the server says no to what is longer. */
const MAX_BYTES = 64 * 1024;

/** What `POST /api/sessions` wants to know about the questions, from the practice page's address. */
export function wantedQuestions(address) {
  const wanted = new URLSearchParams(address);
  const way = wanted.get("way");
  if (way === "own") return { questions: stored(sessionStorage, OWN_LIST) ?? [] };
  if (way !== "role") return { question_set: wanted.get("set") ?? undefined };
  const [role, minutes, difficulty] = ["role", "minutes", "difficulty"].map((name) => wanted.get(name));
  return { question_choice: { role, minutes: Number(minutes), difficulty } };
}

export class Questions {
  #form;
  #timer;
  #asked = 0;

  constructor(form) {
    this.#form = form;
    for (const input of this.#ways) input.addEventListener("change", () => this.#changed());
    for (const name of ["role", "minutes", "difficulty"]) find(name).addEventListener("change", () => this.#changed());
    find("own-list").addEventListener("input", () => this.#written());
    find("own-file").addEventListener("change", ({ target }) => this.#open(target));
  }

  /** Fill in what the server has, and choose what was chosen the last time. */
  show({ sets, roles, difficulties }) {
    const before = stored(localStorage, WISH);
    const wish = { ...USUAL, ...before };
    find("sets").replaceChildren(...sets.map(setChoice));
    options("role", roles.map(({ id, title }) => [id, title]), wish.role);
    options("minutes", MINUTES.map((minutes) => [String(minutes), `${minutes} minutes`]), wish.minutes);
    options("difficulty", difficulties.map((level) => [level, capital(level)]), wish.difficulty);
    find("own-list").value = sessionStorage.getItem(OWN_TEXT) ?? "";
    for (const input of this.#ways) input.checked = input.value === wish.way;
    this.#showWay();
  }

  /** Whether the form can be sent; says why not and leads there. */
  async ready() {
    if (this.#way !== "own") return true;
    const ready = await this.#check();
    if (!ready) find("own-list").focus();
    return ready;
  }

  get #ways() {
    return this.#form.querySelectorAll("input[name=way]");
  }

  get #way() {
    return [...this.#ways].find((input) => input.checked)?.value ?? USUAL.way;
  }

  #changed() {
    const wish = { way: this.#way };
    for (const name of ["role", "minutes", "difficulty"]) wish[name] = find(name).value;
    localStorage.setItem(WISH, JSON.stringify(wish));
    this.#showWay();
  }

  #showWay() {
    for (const panel of this.#form.querySelectorAll(".way")) {
      panel.hidden = panel.disabled = panel.id !== `way-${this.#way}`;
    }
    if (this.#way === "role") this.#choose();
    if (this.#way === "own" && find("own-list").value.trim()) this.#check();
  }

  // --- for a role

  async #choose() {
    const turn = (this.#asked += 1);
    const wish = new URLSearchParams(["role", "minutes", "difficulty"].map((name) => [name, find(name).value]));
    try {
      const { questions, minutes } = await getJson(`/api/questions/choice?${wish}`);
      if (turn === this.#asked) preview("role", questions, minutes);
    } catch (error) {
      if (turn !== this.#asked) return;
      find("role-count").textContent = error.message;
      find("role-questions").replaceChildren();
    }
  }

  // --- an own list

  #written() {
    sessionStorage.setItem(OWN_TEXT, find("own-list").value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), WAIT_MS);
  }

  async #open(input) {
    const [file] = input.files;
    input.value = ""; // the same file can be opened again after it was corrected
    if (!file) return;
    if (file.size > MAX_BYTES) {
      return showProblems([{ place: "", sentence: `${file.name} is too long for a list; it may have ${MAX_BYTES / 1024} kB.` }]);
    }
    try {
      find("own-list").value = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      return showProblems([{ place: "", sentence: `${file.name} is no text in UTF-8; save it as “UTF-8” or “CSV UTF-8”, or paste the text.` }]);
    }
    this.#written();
    find("own-list").focus();
  }

  /** Have the list read; whether it can be asked. */
  async #check() {
    clearTimeout(this.#timer);
    const turn = (this.#asked += 1);
    const text = find("own-list").value;
    const { questions = [], minutes = 0, problems = [] } = await read(text);
    if (turn !== this.#asked) return false;
    showProblems(problems);
    preview("own", questions, minutes);
    find("own-preview").hidden = !questions.length;
    const wanted = questions.map(({ text, seconds, topic, key_points }) => ({ text, seconds, topic, key_points }));
    sessionStorage.setItem(OWN_LIST, JSON.stringify(wanted));
    return !problems.length;
  }
}

/** The server's reading of a list; its problems are an answer like any other. */
async function read(text) {
  try {
    return await (await request("/api/questions/parse", { method: "POST", body: text })).json();
  } catch (error) {
    return { problems: error.body?.problems ?? [{ place: "", sentence: error.message }] };
  }
}

function showProblems(problems) {
  const list = find("own-list");
  const lines = problems.map(problemLine);
  find("own-problems").hidden = !problems.length;
  // What is said already is not said again while somebody types.
  if (find("own-problems").textContent !== lines.map((line) => line.textContent).join("")) find("own-problems").replaceChildren(...lines);
  if (problems.length) list.setAttribute("aria-invalid", "true");
  else list.removeAttribute("aria-invalid");
}

function problemLine({ place, sentence, line }) {
  if (!place) return element("p", { textContent: sentence });
  const where = line
    ? element("button", { type: "button", className: "place", textContent: place })
    : element("strong", { className: "place", textContent: place });
  if (line) where.addEventListener("click", () => selectLine(find("own-list"), line));
  return element("p", {}, where, `: ${sentence}`);
}

function selectLine(list, line) {
  const lines = list.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, { length: letters }) => length + letters + 1, 0);
  list.focus();
  list.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
}

function preview(name, questions, minutes) {
  find(`${name}-count`).textContent = `${questions.length} question${questions.length === 1 ? "" : "s"} · ${minutes} min`;
  find(`${name}-questions`).replaceChildren(
    ...questions.map(({ text, topic, seconds }) =>
      element(
        "li",
        {},
        element("span", { textContent: text }),
        element("span", { className: "soft small figures", textContent: `${capital(topic)} · ${clock(seconds)}` }),
      ),
    ),
  );
}

function setChoice({ id, title, description, count, minutes }, index) {
  return element(
    "label",
    { className: "choice" },
    element("input", { type: "radio", name: "set", value: id, checked: index === 0 }),
    element("strong", { textContent: title }),
    element("span", { className: "aside", textContent: count ? `${count} questions · ${minutes} min` : "" }),
    element("span", { className: "detail", textContent: description }),
  );
}

function options(id, pairs, chosen) {
  find(id).replaceChildren(...pairs.map(([value, textContent]) => element("option", { value, textContent })));
  if (pairs.some(([value]) => value === chosen)) find(id).value = chosen;
}

function stored(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}
