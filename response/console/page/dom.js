// Elements from text. Whatever a record says becomes a text node, and what nobody could see in it is marked.

// Controls, formats (bidirectional ones among them), odd spaces, lone surrogates, what fonts leave out.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]|[^\P{Zs} ]/u;
const SECOND = 1000;
const UNITS = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
];
const opened = new Set();
let counted = 0;

export function visible(value, lines = false) {
  const fragment = document.createDocumentFragment();
  let seen = "";
  for (const character of String(value)) {
    if (!UNSEEN.test(character) || (lines && character === "\n")) {
      seen += character;
      continue;
    }
    const code = `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.title = `A character that cannot be seen, ${code}`;
    mark.textContent = code;
    fragment.append(seen, mark);
    seen = "";
  }
  fragment.append(seen);
  return fragment;
}

export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  const kept = children.flat(Infinity).filter((child) => child || child === 0);
  made.append(...kept.map((child) => (child instanceof Node ? child : visible(child))));
  return made;
}

// A string of a record: isolated, so that its direction of writing stays inside it.
export const data = (value) => el("bdi", {}, visible(value ?? ""));

export const code = (value) => el("code", {}, data(value));

export function json(value) {
  const shown = el("pre", { tabindex: "0" });
  shown.append(visible(JSON.stringify(value, null, 2), true));
  return shown;
}

export function facts(...pairs) {
  const told = pairs.filter(([, value]) => value);
  return el(
    "dl",
    { class: "facts" },
    told.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

// A table that becomes a list of cards where the screen is narrow; the roles survive that.
export function table(caption, heads, rows) {
  const row = (cells) => el("tr", { role: "row" }, cells);
  const head = heads.map((text) => el("th", { role: "columnheader", scope: "col" }, text));
  const cell = (content, index) =>
    index === 0
      ? el("th", { role: "rowheader", scope: "row", "data-label": heads[index] }, content)
      : el("td", { role: "cell", "data-label": heads[index] }, content);
  return el(
    "table",
    { role: "table", class: "cards" },
    el("caption", { class: "quiet" }, caption),
    el("thead", { role: "rowgroup" }, row(head)),
    el(
      "tbody",
      { role: "rowgroup" },
      rows.map((cells) => row(cells.map(cell))),
    ),
  );
}

// Built when it is opened, and open again when the page is drawn anew.
export function details(key, summary, build) {
  const made = el("details", {}, el("summary", { id: `open-${key}` }, summary));
  const show = () => made.childElementCount === 1 && made.append(el("div", { class: "inside" }, build()));
  made.addEventListener("toggle", () => {
    if (made.open) show();
    opened[made.open ? "add" : "delete"](key);
  });
  if (opened.has(key)) {
    show();
    made.open = true;
  }
  return made;
}

export function forgetOpened() {
  opened.clear();
}

export function uniqueId() {
  counted += 1;
  return `made-${counted}`;
}

export function when(text) {
  const at = new Date(text ?? "");
  if (Number.isNaN(at.getTime())) return data(text ?? "not known");
  const utc = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const time = el("time", { datetime: at.toISOString() }, utc);
  if (at.getTimezoneOffset() === 0) return el("span", { class: "when" }, time);
  const local = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  }).format(at);
  return el("span", { class: "when" }, time, " ", el("span", { class: "local" }, `${local} here`));
}

export function age(text) {
  return el("span", { "data-since": text }, ago(text));
}

export function countdown(text) {
  return el("span", { role: "timer", "aria-live": "off", class: "clock", "data-until": text }, left(text));
}

export function tick() {
  for (const one of document.querySelectorAll("[data-since]")) set(one, ago(one.dataset.since));
  for (const one of document.querySelectorAll("[data-until]")) set(one, left(one.dataset.until));
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function ago(text) {
  const seconds = Math.max(0, (Date.now() - new Date(text)) / SECOND);
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? [];
  if (!size) return "less than a minute ago";
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}

function left(text) {
  const seconds = Math.floor((new Date(text) - Date.now()) / SECOND);
  if (Number.isNaN(seconds)) return "at a time that is not known";
  if (seconds <= 0) return "expired";
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}
