// Questions read aloud by the browser's own speech synthesis; off until asked for.

export class QuestionReader {
  on = false;
  speaking = false;
  possible = "speechSynthesis" in globalThis;

  /** `changed()` is called when reading starts and stops. */
  constructor(changed) {
    this.changed = changed;
  }

  /** Reads a question once, however often the server repeats it. */
  read(question) {
    if (!this.on || this.last === question.id) return;
    this.last = question.id;
    const utterance = new SpeechSynthesisUtterance(question.text);
    utterance.lang = "en";
    utterance.addEventListener("start", () => this.state(utterance, true));
    for (const over of ["end", "error"]) utterance.addEventListener(over, () => this.state(utterance, false));
    this.current = utterance;
    speechSynthesis.cancel();
    speechSynthesis.speak(utterance);
  }

  switch(on, question) {
    this.on = on && this.possible;
    this.last = undefined;
    if (this.on && question) this.read(question);
    if (!this.on && this.current) speechSynthesis.cancel();
  }

  /** Only the newest utterance counts: the end of one that was cut off says nothing. */
  state(utterance, speaking) {
    if (utterance !== this.current || this.speaking === speaking) return;
    this.speaking = speaking;
    this.changed();
  }
}
