// One incident, whole: what is asked, what changed, the plan, the risk, who it was, and what is known besides.

import { age, code, countdown, data, el, facts, json, table, when } from "./dom.js";
import { carriedOut, undoButton, verified } from "./done.js";
import { dossierSection, evidenceSection, recordsSection, timelineSection, whoSection } from "./dossier.js";
import { badge, isSettled } from "./list.js";
import { approvalSection, askedAnew, chosen, ifSilent, isPending, planSection, planned } from "./plan.js";
import { BASELINES, EFFECTS, PATHS, STATUS, VERDICTS, WAITS_FOR, trailName, word } from "./words.js";
import { barred, insteadOf, whyBarred } from "./you.js";

const BAR = { class: "bar", "aria-label": "Decision" };

// `acts` are what its buttons do: approve, reject, undo, judge; and `changed`, when the choice did.
export function incidentView(incident, acts) {
  const sections = [
    ["changes", "What changed", changesSection(incident)],
    ["plan", "The plan", [approvalSection(incident), planSection(incident, acts.changed)]],
    incident.actions?.length > 0 && [
      "done",
      "What was carried out",
      [carriedOut(incident), verified(incident), undoButton(incident, acts)],
    ],
    ["risk", "Risk", riskSection(incident)],
    ["who", "Who and from where", whoSection(incident)],
    ["dossier", "Dossier", dossierSection(incident)],
    ["timeline", "Timeline", timelineSection(incident)],
    ["evidence", "Evidence", evidenceSection(incident)],
    ["records", "Records", recordsSection(incident)],
    isSettled(incident) && ["verdict", "Verdict", verdictSection(incident, acts)],
  ].filter(Boolean);
  return [
    ...head(incident),
    el(
      "nav",
      { "aria-label": "Sections of the incident", class: "jump" },
      el(
        "ul",
        {},
        sections.map(([id, title]) =>
          el("li", {}, el("a", { href: `#${encodeURIComponent(incident.id)}/${id}`, id: `to-${id}` }, title)),
        ),
      ),
    ),
    ...sections.map(([id, title, content]) =>
      el(
        "section",
        { "aria-labelledby": `at-${id}`, class: id },
        el("h2", { id: `at-${id}`, tabindex: "-1" }, title),
        content,
      ),
    ),
    isPending(incident) && decisionBar(incident, acts),
  ].filter(Boolean);
}

function head(incident) {
  const waits = missing(incident) || word(WAITS_FOR, incident.status);
  return [
    el("p", {}, el("a", { href: "#", id: "back" }, "All incidents")),
    el("h1", { id: "title", tabindex: "-1" }, "Trail ", data(trailName(incident.trail_arn))),
    el(
      "p",
      { class: "first" },
      badge(incident.severity),
      el("strong", {}, word(STATUS, incident.status)),
      age(incident.opened_at),
    ),
    incident.assessment && el("p", { class: "summary" }, data(incident.assessment.summary)),
    incident.responder_misuse
      && el("p", { class: "note" }, "A role of the responder itself was misused for this change."),
    waits && el("p", {}, el("strong", {}, "Waits for: "), waits),
    isPending(incident)
      && el("p", {}, "Until ", when(incident.approval.expires_at), ". ", ifSilent(incident)),
    askedAnew(incident),
    whyBarred(incident),
    facts(
      ["Incident", code(incident.id)],
      ["Trail", code(incident.trail_arn)],
      ["Account", code(incident.account)],
      ["Region", code(incident.region)],
      ["Opened", when(incident.opened_at)],
      ["Changed", incident.first_event_at && when(incident.first_event_at)],
      ["Heard by", word(PATHS, incident.path)],
      ["Round", `${incident.round}; records seen: ${incident.records_seen}`],
      ["Outcome", incident.outcome && data(word({}, incident.outcome))],
      ["Closed", incident.closed_at && when(incident.closed_at)],
    ),
  ];
}

// With a quorum, how many people the plan still waits for.
function missing(incident) {
  const { quorum = 1, approvals = [] } = incident.approval ?? {};
  const count = quorum - approvals.length;
  if (!isPending(incident) || quorum === 1) return "";
  return count === 1
    ? "one more approver, to approve or reject the plan"
    : `${count} approvers, each to approve the plan`;
}

function changesSection(incident) {
  const changes = incident.assessment?.changes ?? [];
  if (!incident.assessment) return el("p", {}, "The trail is still being compared with its baseline.");
  if (changes.length === 0) return el("p", {}, "The trail reads as its baseline.");
  const rows = changes.map((change) => [
    code(change.field),
    value(change.before),
    value(change.after),
    effect(change),
    data(change.reason),
  ]);
  return [
    el("p", {}, "Compared with ", word(BASELINES, incident.assessment.baseline_source), "."),
    table("What changed, field by field", ["Field", "Before", "After", "Effect", "Why it matters"], rows),
  ];
}

function effect({ effect: way, severity }) {
  if (severity === "none") return word(EFFECTS, way === "weakens" ? "neutral" : way);
  return el("span", { class: `effect ${way}` }, word(EFFECTS, way), ` (${severity})`);
}

function value(given) {
  if (given === null || given === "") return el("em", {}, "not set");
  return typeof given === "object" ? json(given) : code(given);
}

function riskSection(incident) {
  const { assessment } = incident;
  if (!assessment) return el("p", {}, "Not assessed yet.");
  const signed = (points) => (points < 0 ? `\u2212${-points}` : `+${points}`);
  const rows = assessment.risk_terms.map((term) => [data(term.label), signed(term.points)]);
  return [
    el(
      "p",
      {},
      el("strong", { class: "score" }, `${assessment.risk} of 100`),
      " ",
      badge(assessment.severity),
    ),
    table(
      "How the risk adds up",
      ["Because", "Points"],
      [...rows, [el("strong", {}, "Sum"), el("strong", {}, `${assessment.risk}`)]],
    ),
    el("p", {}, data(assessment.planned?.reason), " ", data(assessment.exception?.reason)),
  ];
}

function verdictSection(incident, acts) {
  const judged = incident.verdict
    ? [
        word(VERDICTS, incident.verdict),
        ". By ",
        data(incident.verdict_by),
        ", ",
        when(incident.verdict_at),
        ": ",
        data(incident.verdict_reason),
      ]
    : "Nobody has said yet what this was.";
  const button = el("button", { type: "button", id: "judge", click: acts.judge }, "Say what it was\u2026");
  return [el("p", {}, judged), el("p", {}, insteadOf(button, incident))];
}

// Always in reach; what it leads to is shown once more, whole, before anything is sent.
function decisionBar(incident, acts) {
  const time = ["time left ", countdown(incident.approval.expires_at)];
  if (barred(incident)) {
    return el("section", BAR, el("p", {}, insteadOf(null, incident), " \u00b7 ", time));
  }
  const count = chosen(incident).length;
  const all = planned(incident).filter((action) => incident.approval.action_ids.includes(action.id)).length;
  return el(
    "section",
    BAR,
    el("p", {}, el("span", { id: "count" }, `${count} of ${all} actions chosen`), " \u00b7 ", time),
    el(
      "div",
      { class: "buttons" },
      el(
        "button",
        { type: "button", id: "approve", class: "go", disabled: count === 0, click: acts.approve },
        "Approve\u2026",
      ),
      el("button", { type: "button", id: "reject", click: acts.reject }, "Reject\u2026"),
    ),
  );
}
