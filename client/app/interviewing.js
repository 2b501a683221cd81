// An interviewer's tools: what to ask, what is worth a mark, what was noted.

import { getJson } from "./api.js";
import { capital, clock, element, text } from "./common.js";

export const MARKS = [
  { mark: "strong", name: "Strong", key: "S" },
  { mark: "follow up", name: "Follow up", key: "F" },
  { mark: "unclear", name: "Unclear", key: "U" },
  { mark: "note", name: "Note", key: "N" },
];

/** Events: `ask`, `reword`, `unask` and `mark`, CustomEvents whose detail is the data of that message; `write`: `writes` has changed. */
export class Interviewing extends EventTarget {
  constructor(root) {
    super();
    this.asked = new Set();
    this.questions = [];
    this.noted = new Map();
    root.replaceChildren(this.#marks(), this.#asking(), this.#writing());
    root.hidden = false;
  }

  welcome({ questions, question, marks }) {
    this.questions = questions;
    this.asked = new Set(questions.filter(({ asked }) => asked).map(({ index }) => index));
    for (const mark of marks) this.noted.set(mark.id, mark);
    this.#showMarks();
    if (question) this.question(question);
    else this.#showQuestions();
  }

  question({ index, text: asked, topic, seconds, found }) {
    if (this.current !== index) this.suggestions.replaceChildren();
    this.current = index;
    this.asked.add(index);
    // What was gone on with has other words than before; what was said in other words than planned has no place of its own.
    this.questions = [...this.questions.filter((each) => each.index !== index), { index, text: asked, topic, seconds, found }].sort((a, b) => a.index - b.index);
    this.#showQuestions();
  }

  /** What was taken for a question was none. */
  unasked({ index }) {
    this.questions = this.questions.filter((each) => each.index !== index);
    this.asked.delete(index);
    if (this.current === index) {
      this.current = undefined;
      this.suggestions.replaceChildren();
    }
    this.#showQuestions();
  }

  followUps({ by, suggestions }) {
    this.suggestions.dataset.by = by;
    this.suggestions.replaceChildren(
      ...suggestions.map(({ text: words, because }) => this.#askable(words, because, { text: words })),
    );
  }

  marked(mark) {
    this.noted.set(mark.id, mark);
    this.#showMarks();
  }

  /** Whether the own words are to be written down, too. */
  get writes() {
    return this.write.checked;
  }

  set writes(wanted) {
    this.write.checked = wanted;
  }

  /** Nothing is written down where nothing is shared. */
  sharing(shared) {
    this.write.disabled = !shared;
  }

  /** The next question that was not asked yet. */
  next() {
    const next = this.questions.find(({ index }) => !this.asked.has(index));
    if (next) this.#emit("ask", { index: next.index });
  }

  mark(mark) {
    if (mark !== "note") return this.#emit("mark", { mark, text: "" });
    this.note.hidden = false;
    this.note.elements.text.focus();
  }

  // --- inside ---

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #marks() {
    const buttons = MARKS.map(({ mark, name, key }) => {
      const button = element("button", { type: "button", className: "button mark-button", dataset: { mark }, aria: { keyshortcuts: key } }, element("i", { className: "mark-sign", aria: { hidden: "true" } }), text("span", "", name), text("kbd", "", key));
      button.addEventListener("click", () => this.mark(mark));
      return button;
    });
    const words = element("input", { name: "text", maxLength: 500, required: true, autocomplete: "off", placeholder: "What you noticed", aria: { label: "Note" } });
    const cancel = element("button", { type: "button", className: "button plain", textContent: "Cancel" });
    this.note = element("form", { className: "note-form", hidden: true }, words, element("button", { className: "button primary", textContent: "Note" }), cancel);
    const close = () => {
      this.note.reset();
      this.note.hidden = true;
      buttons.at(-1).focus();
    };
    cancel.addEventListener("click", close);
    words.addEventListener("keydown", ({ key }) => key === "Escape" && close());
    this.note.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#emit("mark", { mark: "note", text: words.value.trim() });
      close();
    });
    this.list = element("ul", { className: "marks-made", id: "marks-made", aria: { label: "Marks", live: "polite" } });
    return part("Marks", "Each looks back 5 s.", element("div", { className: "mark-buttons" }, ...buttons), this.note, this.list);
  }

  #showMarks() {
    const made = [...this.noted.values()].sort((a, b) => a.at.localeCompare(b.at)).reverse();
    this.list.replaceChildren(
      ...made.map(({ t, mark, text: words, name }) =>
        element(
          "li",
          { dataset: { mark } },
          element("i", { className: "mark-sign", aria: { hidden: "true" } }),
          text("span", "figures soft", t === null ? "–" : clock(t)),
          text("span", "", words || MARKS.find((each) => each.mark === mark).name),
          text("span", "soft small", name),
        ),
      ),
    );
  }

  #asking() {
    const next = element("button", { type: "button", className: "button primary", id: "ask-next", aria: { keyshortcuts: "A" } }, text("span", "", "Ask the next"), text("kbd", "", "A"));
    next.addEventListener("click", () => this.next());
    this.nextButton = next;
    this.suggestions = element("div", { className: "suggestions", id: "follow-ups", role: "log", aria: { label: "Might be asked next" } });
    this.planned = element("ol", { className: "planned" });
    const own = element("input", { name: "text", maxLength: 500, required: true, autocomplete: "off", placeholder: "A question of your own", aria: { label: "A question of your own" } });
    const form = element("form", { className: "note-form" }, own, element("button", { className: "button", textContent: "Ask" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#emit("ask", { text: own.value.trim() });
      form.reset();
    });
    const bank = element("details", { className: "bank" }, element("summary", { textContent: "From the bank" }));
    bank.addEventListener("toggle", () => bank.open && this.#bank(bank), { once: true });
    const list = element("details", { className: "bank", open: true }, element("summary", { textContent: "Planned" }), this.planned);
    return part("Questions", "", element("div", { className: "ask-line" }, next), this.suggestions, list, form, bank);
  }

  #writing() {
    this.write = element("input", { type: "checkbox", id: "write-down" });
    this.write.addEventListener("change", () => this.dispatchEvent(new Event("write")));
    const note = text("span", "soft small", "For captions, talk share and transcript; what you ask becomes a question by itself. Only while the candidate shares something, and everybody sees that it is on.");
    return part("Your words", "", element("label", { className: "switch" }, this.write, "Write down what I say too"), note);
  }

  #showQuestions() {
    // What is being reworded stays as it is until that is done.
    if (this.rewording) return;
    this.nextButton.disabled = !this.questions.some(({ index }) => !this.asked.has(index));
    this.planned.replaceChildren(
      ...this.questions.map(({ index, text: words, topic, seconds, found }) => {
        const item = element("li", {}, this.#askable(words, `${capital(topic)} · ${found ? "heard" : clock(seconds)}`, { index }));
        if (found) item.append(this.#correction(item, index, words));
        item.dataset.index = index;
        item.dataset.state = index === this.current ? "now" : this.asked.has(index) ? "asked" : "planned";
        if (index === this.current) item.setAttribute("aria-current", "true");
        return item;
      }),
    );
    this.#showCurrent();
  }

  /** Scrolls the list, and nothing but the list, to what is asked now. */
  #showCurrent() {
    const now = this.planned.querySelector("[aria-current]");
    if (now) this.planned.scrollTop += now.getBoundingClientRect().top - this.planned.getBoundingClientRect().top;
  }

  async #bank(bank) {
    const topic = element("select", { aria: { label: "Topic" } });
    const found = element("div", { className: "found" });
    bank.append(topic, found);
    const show = async () => {
      try {
        const { questions } = await getJson(`/api/questions?${new URLSearchParams({ topic: topic.value })}`);
        found.replaceChildren(...questions.map(({ id, text: words, seconds }) => this.#askable(words, clock(seconds), { id })));
      } catch (error) {
        found.replaceChildren(text("p", "soft small", error.message));
      }
    };
    topic.addEventListener("change", show);
    const { topics } = await getJson("/api/questions");
    topic.replaceChildren(...topics.map((each) => new Option(capital(each), each)));
    await show();
  }

  /** What was heard may have been heard wrongly, or be no question at all. */
  #correction(item, index, words) {
    const button = (name, act) => {
      const made = element("button", { type: "button", className: "button plain small", textContent: name, aria: { label: `${name}: ${words}` } });
      made.addEventListener("click", act);
      return made;
    };
    return element("div", { className: "correction" }, button("Reword", () => this.#reword(item, index, words)), button("Not a question", () => this.#emit("unask", { index })));
  }

  #reword(item, index, words) {
    const written = element("input", { name: "text", maxLength: 500, required: true, autocomplete: "off", value: words, aria: { label: "What was asked" } });
    const cancel = element("button", { type: "button", className: "button plain", textContent: "Cancel" });
    const form = element("form", { className: "note-form" }, written, element("button", { className: "button primary", textContent: "Keep" }), cancel);
    const close = () => {
      this.rewording = false;
      this.#showQuestions();
      this.planned.querySelector(`[data-index="${index}"] .correction button`)?.focus();
    };
    cancel.addEventListener("click", close);
    written.addEventListener("keydown", ({ key }) => key === "Escape" && close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const now = written.value.trim();
      if (now !== words) this.#emit("reword", { index, text: now });
      close();
    });
    this.rewording = true;
    item.replaceChildren(form);
    form.scrollIntoView({ block: "nearest" });
    written.focus();
  }

  #askable(words, note, wish) {
    const ask = element("button", { type: "button", className: "askable" }, text("span", "", words), text("span", "soft small", note));
    ask.setAttribute("aria-label", `Ask: ${words}`);
    ask.addEventListener("click", () => this.#emit("ask", wish));
    return ask;
  }
}

function part(title, note, ...children) {
  const section = element("section", { className: "tool", aria: { label: title } });
  section.append(element("div", { className: "tool-head" }, text("h2", "", title), text("span", "soft small", note)), ...children);
  return section;
}
