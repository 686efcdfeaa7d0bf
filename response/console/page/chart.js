// How an incident went: two lines that rise with every event, what was done to the account and what we did.

import { el, svg, table, uniqueId, when } from "./dom.js";

const [WIDTH, HEIGHT, PAD] = [640, 150, 12];

export function eventsOf(incident) {
  const seen = new Map();
  for (const one of incident.records ?? []) {
    if (one.disposition === "own_change") continue;
    seen.set(one.event_id, {
      at: one.record?.eventTime ?? one.received_at,
      what: one.record?.eventName ?? "record",
    });
  }
  const found = incident.dossier?.what_else?.evidence ?? {};
  for (const kind of ["persistence", "evasion", "data", "denied"]) {
    for (const one of found[kind]?.entries ?? []) {
      if (one.at && one.event_id) seen.set(one.event_id, { at: one.at, what: one.name ?? kind });
    }
  }
  return {
    theirs: sorted([...seen.values()]),
    ours: sorted((incident.timeline ?? []).map((entry) => ({ at: entry.at, what: entry.step }))),
  };
}

function sorted(events) {
  return events
    .map((event) => ({ ...event, time: new Date(event.at).getTime() }))
    .filter((event) => !Number.isNaN(event.time))
    .sort((one, other) => one.time - other.time);
}

export function chart(incident) {
  const { theirs, ours } = eventsOf(incident);
  const all = sorted([...theirs, ...ours]);
  if (all.length < 2) return null;
  const [first, last] = [all[0].time, all.at(-1).time];
  const most = Math.max(theirs.length, ours.length);
  const x = (time) => PAD + ((time - first) / Math.max(1, last - first)) * (WIDTH - 2 * PAD);
  const y = (count) => HEIGHT - PAD - (count / most) * (HEIGHT - 2 * PAD);
  const [title, text] = [uniqueId(), uniqueId()];
  const told =
    `${count(theirs, "call")} of the change and around it, ${count(ours, "step")} of the response,`
    + ` within ${duration(last - first)}.`;
  return el(
    "figure",
    {},
    svg(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        "aria-labelledby": `${title} ${text}`,
        class: "chart",
      },
      svg("title", { id: title }, "Events of the incident over time"),
      svg("desc", { id: text }, told),
      svg("path", { class: "axis", d: `M${PAD} ${PAD}V${HEIGHT - PAD}H${WIDTH - PAD}` }),
      svg("path", { class: "theirs", d: stairs(theirs, x, y, last) }),
      svg("path", { class: "ours", d: stairs(ours, x, y, last) }),
    ),
    el(
      "figcaption",
      {},
      el("span", { class: "key theirs" }, `${count(theirs, "call")} of the change and around it`),
      el("span", { class: "key ours" }, `${count(ours, "step")} of the response`),
      el("span", { class: "span" }, "from ", when(all[0].at), " to ", when(all.at(-1).at)),
    ),
  );
}

// Rises by one at every event, and goes on to the end.
function stairs(events, x, y, last) {
  if (events.length === 0) return null;
  const steps = events.map((event, index) => `H${x(event.time).toFixed(1)}V${y(index + 1).toFixed(1)}`);
  return `M${x(events[0].time).toFixed(1)} ${y(0).toFixed(1)}${steps.join("")}H${x(last).toFixed(1)}`;
}

const count = (events, what) => `${events.length} ${what}${events.length === 1 ? "" : "s"}`;

function duration(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3600)} hours`;
}

export function calls(incident) {
  const rows = eventsOf(incident).theirs.map((event) => [event.what, when(event.at)]);
  return table("Calls of the change and around it", ["Call", "When"], rows);
}
