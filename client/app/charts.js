// The signals of a session over time, each second, and a cursor that follows what is played.

import { SUBSCORE_KEYS, clock, element, find, text } from "./common.js";

const TABLE_STEP_S = 15;
const MARGIN = { left: { wide: 44, narrow: 34 }, right: 8 };
const NARROW = 600;
/** Pixels below the window, and time, at which the charts' code begins to be read. */
const AHEAD = 600;
const LATER_MS = 4000;
const PANELS = [
  { title: "Subscores", range: [0, 104], sources: ["camera", "microphone"], lines: SUBSCORE_KEYS, height: 3 },
  { title: "Pace, words a minute", sources: ["microphone", "transcription"], lines: ["speech_rate"], height: 1.5 },
  { title: "Eye contact, %", range: [0, 104], sources: ["camera"], lines: ["eye_contact"], height: 1.5, factor: 100 },
  { title: "Pitch, semitones about your median", sources: ["microphone"], lines: ["pitch"], height: 1.5 },
  { title: "Loudness, dB", sources: ["microphone"], lines: ["intensity"], height: 1.5 },
];

/** `seek(t)` is called when a time in the charts is clicked. */
export class Charts {
  constructor(report, seek) {
    this.report = report;
    this.duration = Math.max(report.session.duration_s, 1);
    const { series, gaps, nudges } = report;
    find("time").hidden = series.t.length < 2;
    const marked = [gaps.length ? "Shaded: not observed." : "", nudges.length ? "Dotted: a nudge was given." : ""];
    find("time-text").textContent = ["Scores of the last minute and signals, second by second.", ...marked].filter(Boolean).join(" ");
    find("charts-frame").addEventListener("click", ({ clientX }) => seek(this.timeAt(clientX)));
    new ResizeObserver(() => this.measure()).observe(find("charts-frame"));
  }

  /** Draws them once the page is painted and they are near; reading their code takes a second. */
  async draw() {
    if (find("time").hidden) return;
    seriesTable(this.report);
    await painted();
    if (!window.Plotly) await Promise.race([near(find("charts")), later()]);
    try {
      await plotly();
    } catch {
      find("charts").replaceChildren(text("p", "soft", "The charts could not be loaded; the table below has the same figures."));
      find("time-table").open = true;
      return;
    }
    let width;
    const again = () => plot(this.report, (width = find("charts").clientWidth));
    again();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    // Plotly's own way keeps the height of before, and what does not fit is cut off.
    addEventListener("resize", () => find("charts").clientWidth !== width && again());
    this.measure();
    find("charts-cursor").hidden = false;
  }

  measure() {
    const width = find("charts-frame").clientWidth;
    this.left = MARGIN.left[width < NARROW ? "narrow" : "wide"];
    this.width = width - this.left - MARGIN.right;
    if (this.t !== undefined) this.cursor(this.t);
  }

  cursor(t) {
    this.t = t;
    const share = Math.min(1, t / this.duration);
    find("charts-cursor").style.transform = `translateX(${this.left + share * this.width}px)`;
  }

  timeAt(x) {
    const share = (x - find("charts-frame").getBoundingClientRect().left - this.left) / this.width;
    return Math.min(1, Math.max(0, share)) * this.duration;
  }
}

const later = () => new Promise((resolve) => setTimeout(resolve, LATER_MS));

function near(place) {
  return new Promise((resolve) => {
    const watch = new IntersectionObserver(
      (seen) => {
        if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
        watch.disconnect();
        resolve();
      },
      { rootMargin: `${AHEAD}px` },
    );
    watch.observe(place);
  });
}

const frame = () => new Promise(requestAnimationFrame);

/** Resolves when what the page says now has been painted. */
async function painted() {
  await frame();
  await frame();
  await new Promise((done) => setTimeout(done));
}

function plotly() {
  if (window.Plotly) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = element("script", { src: "/static/vendor/plotly.min.js" });
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("plotly could not be loaded")));
    document.head.append(script);
  });
}

/** The colour that a custom property has now, in the scheme in use. */
function colour(name) {
  const probe = element("span", { style: { color: `var(--${name})` } });
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function plot(report, width) {
  const { series, subscores } = report;
  const [ink, soft, line] = ["ink", "soft", "line"].map(colour);
  const narrow = width < NARROW;
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: soft };
  const domains = stack(PANELS.map(({ height }) => height));
  const traces = PANELS.flatMap(({ lines, factor = 1 }, panel) =>
    lines.map((key) => ({
      x: series.t,
      y: series[key].map((value) => (value === null ? null : factor * value)),
      customdata: series.t.map(clock),
      name: subscores[key]?.label ?? PANELS[panel].title.split(",")[0],
      showlegend: panel === 0,
      mode: "lines",
      connectgaps: false,
      line: { width: panel ? 1.75 : 2.25, color: panel ? ink : colour(key) },
      xaxis: "x",
      yaxis: panel ? `y${panel + 1}` : "y",
      hovertemplate: "%{customdata} · %{y:.0f}<extra>%{fullData.name}</extra>",
    })),
  );
  const layout = {
    width,
    height: narrow ? 880 : 820,
    margin: { l: MARGIN.left[narrow ? "narrow" : "wide"], r: MARGIN.right, t: 56, b: 36 },
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    font,
    hovermode: "closest",
    hoverlabel: { font: { family: font.family } },
    legend: { orientation: "h", x: 0, y: 1.0, yanchor: "bottom", font: { size: 13, color: ink } },
    dragmode: false,
    xaxis: { ...ticks(report.session.duration_s, narrow), anchor: `y${PANELS.length}`, showgrid: false, zeroline: false, fixedrange: true, linecolor: line },
    shapes: [...gapShapes(report, domains, line), ...markShapes(report, soft, line)],
    annotations: [...panelTitles(domains, font, ink), ...questionMarks(report, font), ...absences(report, domains, font)],
  };
  PANELS.forEach((drawn, panel) => {
    const there = observed(report, drawn);
    layout[panel ? `yaxis${panel + 1}` : "yaxis"] = {
      domain: domains[panel], range: drawn.range, showticklabels: there, showgrid: there, nticks: 4, gridcolor: line, zeroline: false, fixedrange: true, rangemode: "normal",
    };
  });
  window.Plotly.react("charts", traces, layout, { displayModeBar: false });
}

/** Panels from the top down as [bottom, top] shares of the height, with room for a title above each. */
function stack(heights) {
  const gap = 0.055;
  const unit = (1 - gap * heights.length) / heights.reduce((sum, height) => sum + height, 0);
  let top = 1;
  return heights.map((height) => {
    const domain = [Math.max(0, top - gap - unit * height), top - gap];
    top = domain[0];
    return domain;
  });
}

function ticks(duration, narrow) {
  const steps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];
  const step = steps.find((each) => duration / each <= (narrow ? 5 : 12)) ?? 3600;
  const values = Array.from({ length: Math.floor(duration / step) + 1 }, (_, index) => index * step);
  return { tickvals: values, ticktext: values.map(clock), range: [0, Math.max(duration, 1)] };
}

/** Shades what was not observed; where two sources are missing it is darker. */
function gapShapes({ gaps }, domains, fillcolor) {
  return gaps.flatMap(({ start, end, source }) =>
    PANELS.flatMap(({ sources }, panel) => {
      if (!sources.includes(source)) return [];
      const [y0, y1] = domains[panel];
      return [{ type: "rect", xref: "x", yref: "paper", x0: start, x1: end, y0, y1, fillcolor, line: { width: 0 }, layer: "below" }];
    }),
  );
}

function markShapes({ nudges, questions }, nudgeColour, questionColour) {
  const rule = (x, style) => ({ type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, layer: "below", line: style });
  return [
    ...questions.map(({ asked_at: t }) => rule(t, { color: questionColour, width: 1 })),
    ...nudges.map(({ t }) => rule(t, { color: nudgeColour, width: 1, dash: "dot" })),
  ];
}

const observed = ({ series }, { lines }) => lines.some((key) => series[key].some((value) => value !== null));

function absences(report, domains, font) {
  return PANELS.flatMap((panel, index) =>
    observed(report, panel) ? [] : [{ text: "not observed", xref: "paper", yref: "paper", x: 0.5, y: (domains[index][0] + domains[index][1]) / 2, showarrow: false, font }],
  );
}

function panelTitles(domains, font, color) {
  return PANELS.map(({ title }, panel) => ({
    text: title, xref: "paper", yref: "paper", x: 0, y: domains[panel][1], xanchor: "left", yanchor: "bottom",
    showarrow: false, font: { ...font, size: 13, color },
  })).slice(1);
}

function questionMarks({ questions, session }, font) {
  return questions.map(({ asked_at: t, index }) => {
    const side = t < 0.95 * session.duration_s ? { xanchor: "left", xshift: 2 } : { xanchor: "right", xshift: -2 };
    return { text: `Q${index + 1}`, xref: "x", yref: "paper", x: t, y: 0.948, ...side, yanchor: "bottom", showarrow: false, font: { ...font, size: 11 } };
  });
}

function seriesTable({ series, subscores }) {
  const columns = [
    ...SUBSCORE_KEYS.map((key) => [subscores[key].label, key, 1]),
    ["Pace", "speech_rate", 1],
    ["Eye contact, %", "eye_contact", 100],
    ["Pitch", "pitch", 1],
    ["Loudness, dB", "intensity", 1],
  ];
  const step = Math.max(1, Math.min(TABLE_STEP_S, Math.floor(series.t.length / 4)));
  const shown = series.t.map((_, index) => index).filter((index) => (index + 1) % step === 0);
  const cell = (value, factor) => text("td", "", value === null ? "–" : (factor * value).toFixed(0));
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...["Time", ...columns.map(([name]) => name)].map((name) => element("th", { scope: "col", textContent: name })))),
    element("tbody", {}, ...shown.map((index) => element("tr", {}, text("td", "", clock(series.t[index])), ...columns.map(([, key, factor]) => cell(series[key][index], factor))))),
  );
  find("time-table").append(element("div", { className: "table-scroll", tabIndex: 0, role: "region", aria: { label: "Figures over time" } }, table));
}
