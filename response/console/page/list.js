// The list of incidents: what is open and what waits for whom, what was settled, and what was heard when.

import { age, data, el, when } from "./dom.js";
import { PATHS, SEVERITIES, STATUS, WAITS_FOR, trailName, word } from "./words.js";
import { whyBarred } from "./you.js";

const SETTLED = 50;
const URGENCY = ["failed", "awaiting_approval", "executing", "open"];

export const isSettled = (incident) => ["closed", "failed"].includes(incident.status);

export const isOpen = (incident) => incident.status !== "closed";

export function badge(severity) {
  const known = SEVERITIES.includes(severity) ? severity : "none";
  return el("span", { class: `badge ${known}` }, severity || "not assessed yet");
}

export function listView(answer) {
  const open = answer.incidents.filter(isOpen).sort(byUrgency);
  const settled = answer.incidents.filter((incident) => !isOpen(incident));
  return [
    el("h1", { id: "title", tabindex: "-1" }, "Incidents"),
    whyBarred(answer),
    el(
      "section",
      { "aria-labelledby": "open-title" },
      el("h2", { id: "open-title" }, `Open (${open.length})`),
      open.length ? lines(open) : allIsWell(),
    ),
    heard(answer),
    settled.length > 0
      && el(
        "section",
        { "aria-labelledby": "settled-title" },
        el("h2", { id: "settled-title" }, `Settled (${settled.length})`),
        lines(settled.slice(0, SETTLED)),
        settled.length > SETTLED
          && el("p", {}, "Older ones are listed by the command `trailguard incidents`."),
      ),
  ].filter(Boolean);
}

function byUrgency(one, other) {
  const rank = (incident) => URGENCY.indexOf(incident.status);
  const weight = (incident) =>
    (SEVERITIES.indexOf(incident.severity) + SEVERITIES.length) % SEVERITIES.length;
  return (
    rank(one) - rank(other) || weight(one) - weight(other) || one.opened_at.localeCompare(other.opened_at)
  );
}

function lines(incidents) {
  return el("ul", { class: "lines" }, incidents.map(line));
}

function line(incident) {
  const waits = word(WAITS_FOR, incident.status);
  const outcome = word({}, incident.verdict || incident.outcome);
  return el(
    "li",
    { class: `line ${incident.status}` },
    el("div", { class: "first" }, badge(incident.severity), el("span", {}, age(incident.opened_at))),
    el(
      "h3",
      {},
      el(
        "a",
        { href: `#${encodeURIComponent(incident.id)}`, id: `to-${incident.id}` },
        data(trailName(incident.trail_arn)),
      ),
    ),
    el(
      "p",
      { class: "state" },
      el("strong", {}, word(STATUS, incident.status)),
      outcome && [": ", data(outcome)],
    ),
    waits && el("p", {}, "Waits for: ", waits),
    el(
      "p",
      { class: "small" },
      data(incident.id),
      ` \u00b7 account ${incident.account} \u00b7 ${incident.region} \u00b7 `,
      when(incident.opened_at),
    ),
  );
}

function allIsWell() {
  return el(
    "p",
    { class: "well" },
    el("strong", {}, "All is well."),
    " No change of a trail waits for anybody.",
  );
}

// A path that is silent where it should not be is a finding of its own.
function heard(answer) {
  const paths = Object.entries(answer.heard ?? {});
  if (paths.length === 0) return null;
  return el(
    "section",
    { "aria-labelledby": "heard-title", class: "heard" },
    el("h2", { id: "heard-title" }, "Detection last heard"),
    el(
      "dl",
      { class: "facts" },
      paths.map(([path, at]) =>
        el(
          "div",
          {},
          el("dt", {}, word(PATHS, path)),
          el("dd", {}, at ? [age(at), " \u00b7 ", when(at)] : "nothing yet"),
        ),
      ),
    ),
  );
}
