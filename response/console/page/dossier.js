// What is known: who and from where, the dossier section by section, the timeline, the evidence, the records.

import { calls, chart } from "./chart.js";
import { code, data, details, el, facts, json, table, when } from "./dom.js";
import { PATHS, SECTIONS, word } from "./words.js";

const MFA = new Map([
  [true, "yes"],
  [false, "no"],
]);
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

export function whoSection(incident) {
  const who = incident.dossier?.who?.evidence ?? {};
  const where = incident.dossier?.from_where?.evidence ?? {};
  const actors = who.actors?.entries ?? [];
  if (actors.length === 0) return el("p", {}, incident.dossier?.who?.finding ?? "Not known yet.");
  return [
    actors.map((actor) => {
      const isOfActor = (one) => one.event_id === actor.event_id;
      const record = (incident.records ?? []).find(isOfActor)?.record ?? {};
      return actorFacts(actor, (where.sources?.entries ?? []).find(isOfActor), record);
    }),
    (who.chains?.entries ?? []).map(chain),
    network(where.addresses?.entries ?? []),
  ];
}

// The dossier leaves out what cannot be seen; what the record holds of it is shown, marked.
function actorFacts(actor, source = {}, record = {}) {
  const agent = record.userAgent ?? source.user_agent;
  return facts(
    ["Principal", code(record.userIdentity?.arn ?? (actor.arn || "not known"))],
    ["Kind", word({}, actor.kind)],
    ["Session of the role", actor.issuer_arn && code(actor.issuer_arn)],
    ["Source identity", actor.source_identity && code(actor.source_identity)],
    ["Access key", actor.access_key_id && code(actor.access_key_id)],
    ["MFA", MFA.get(actor.mfa) ?? "not recorded"],
    ["By way of", actor.console ? "the AWS console" : word({}, source.agent_class || "the API")],
    ["Invoked by", actor.invoked_by && code(actor.invoked_by)],
    ["Address", source.source_ip && [code(source.source_ip), ` ${word({}, source.address_class)}`]],
    ["VPC endpoint", source.vpc_endpoint && code(source.vpc_endpoint)],
    ["User agent", agent && code(agent)],
  );
}

function chain(found) {
  if (found.links.length === 0) return null;
  return el(
    "div",
    {},
    el("h3", {}, "Where the session came from"),
    el(
      "ol",
      {},
      found.links.map((link) =>
        el(
          "li",
          {},
          data(link.caller),
          " called ",
          code(link.event_name),
          " from ",
          code(link.source_ip),
          ", ",
          when(link.at),
        ),
      ),
    ),
    found.whole ? null : el("p", {}, "The chain goes on further back than the records that could be read."),
  );
}

function network(addresses) {
  const rows = addresses.map((one) => [
    code(one.address),
    data(one.country || "not known"),
    one.network
      ? data(typeof one.network === "string" ? one.network : JSON.stringify(one.network))
      : "not known",
  ]);
  return rows.length > 0 && table("Addresses", ["Address", "Country", "Network"], rows);
}

export function dossierSection(incident) {
  if (!incident.dossier) return el("p", {}, "The investigation has not ended yet.");
  const known = Object.keys(SECTIONS).filter((name) => name in incident.dossier);
  const other = Object.keys(incident.dossier).filter((name) => !known.includes(name));
  return [...known, ...other].map((name, index) => {
    const section = incident.dossier[name];
    return el(
      "div",
      { class: "part" },
      el("h3", {}, word(SECTIONS, name)),
      el(
        "ul",
        {},
        String(section.finding)
          .split("; ")
          .map((finding) => el("li", {}, data(finding))),
      ),
      section.missing && el("p", { class: "note" }, el("strong", {}, "Missing: "), data(section.missing)),
      details(`dossier-${index}`, "On what evidence", () => tree(section.evidence)),
    );
  });
}

// Evidence of any shape; lists come as {"entries": [...], "left_out": n}.
function tree(value) {
  if (Array.isArray(value?.entries))
    return [list(value.entries), value.left_out ? el("p", {}, `${value.left_out} more`) : ""];
  if (Array.isArray(value)) return list(value);
  if (value !== null && typeof value === "object") {
    return facts(
      ...Object.entries(value).map(([name, inner]) => [
        name.replaceAll("_", " "),
        inner === "" ? "" : tree(inner),
      ]),
    );
  }
  if (typeof value === "string" && MOMENT.test(value)) return when(value);
  return value === null ? "not known" : data(value);
}

function list(entries) {
  if (entries.length === 0) return "none";
  return el(
    "ul",
    { class: "entries" },
    entries.map((entry) => el("li", {}, tree(entry))),
  );
}

export function timelineSection(incident) {
  const out = incident.left_out?.timeline ?? 0;
  return [
    chart(incident),
    details("calls", "The calls of the chart as a table", () => calls(incident)),
    out > 0 && el("p", { class: "note" }, `${out} entries in the middle are not shown.`),
    el(
      "ol",
      { class: "timeline" },
      (incident.timeline ?? []).map((entry, index) =>
        el(
          "li",
          {},
          el("p", { class: "small" }, when(entry.at), " \u00b7 ", word({}, entry.step)),
          el("p", {}, data(entry.text)),
          entry.data
            && Object.keys(entry.data).length > 0
            && details(`entry-${index}`, "Details", () => json(entry.data)),
        ),
      ),
    ),
  ];
}

export function evidenceSection(incident) {
  const rows = (incident.evidence ?? []).map((one) => [
    code(one.key),
    code(one.version_id),
    code(one.sha256),
  ]);
  if (rows.length === 0) return el("p", {}, "Nothing is sealed yet.");
  return [
    el("p", {}, "Every version is under object lock. The checksum is that of the object as it was sealed."),
    table("Sealed evidence", ["Object", "Version", "SHA-256"], rows),
  ];
}

export function recordsSection(incident) {
  const out = incident.left_out?.records ?? 0;
  return [
    out > 0 && el("p", { class: "note" }, `${out} records in the middle are not shown.`),
    (incident.records ?? []).map((one, index) =>
      details(
        `record-${index}`,
        [
          data(one.record?.eventName ?? one.event_id),
          ` \u00b7 ${word({}, one.disposition)} \u00b7 `,
          word(PATHS, one.path),
        ],
        () => [
          facts(["Received", when(one.received_at)], ["Event id", code(one.event_id)]),
          json(one.record),
        ],
      ),
    ),
  ];
}
