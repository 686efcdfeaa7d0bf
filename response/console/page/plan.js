// The plan: what exactly would be called, what takes it back, and which of it somebody chooses; then its fate.

import { code, countdown, data, details, el, facts, json, when } from "./dom.js";
import { APPROVAL_STATUS, ON_TIMEOUT, personOf, word } from "./words.js";
import { barred } from "./you.js";

// What was left out of the plan with that digest; a new plan begins with everything chosen.
const choice = { digest: "", without: new Set() };

export const isPending = (incident) => incident.approval?.status === "pending";

export function planned(incident) {
  return incident.assessment?.plan?.actions ?? [];
}

function asked(incident) {
  const ids = new Set(incident.approval?.action_ids);
  return planned(incident).filter((action) => ids.has(action.id));
}

export function chosen(incident) {
  if (choice.digest !== incident.approval?.digest) return asked(incident);
  return asked(incident).filter((action) => !choice.without.has(action.id));
}

export function left(incident) {
  const taken = new Set(chosen(incident));
  return asked(incident).filter((action) => !taken.has(action));
}

export function planSection(incident, changed) {
  const plan = incident.assessment?.plan;
  if (!plan) return el("p", {}, "There is no plan yet: the incident is still being assessed.");
  return [
    el("p", { class: "small" }, "Digest of the plan, which an approval is bound to: ", code(plan.digest)),
    plan.actions.length
      ? el(
          "ol",
          { class: "actions" },
          plan.actions.map((action, index) => item(incident, action, index, changed)),
        )
      : el("p", {}, "Nothing is proposed."),
    plan.outcomes.map((outcome) =>
      el(
        "div",
        { class: "note" },
        el(
          "p",
          {},
          el("strong", {}, "Left to people: "),
          data(outcome.reason),
          " (",
          code(outcome.target),
          ")",
        ),
        outcome.instructions.length > 0
          && el(
            "ol",
            {},
            outcome.instructions.map((step) => el("li", {}, data(step))),
          ),
      ),
    ),
  ];
}

function item(incident, action, index, changed) {
  const waits = isPending(incident) && incident.approval.action_ids.includes(action.id);
  const title = data(action.title);
  return el(
    "li",
    { class: "action" },
    waits && !barred(incident) ? box(incident, action, index, changed, title) : el("h3", {}, title),
    el("p", { class: "small" }, gate(action, waits), " \u00b7 ", code(action.target)),
    action.notes.length > 0
      && el(
        "ul",
        { class: "notes" },
        action.notes.map((note) => el("li", {}, data(note))),
      ),
    el("h4", {}, "Calls"),
    action.calls.map(call),
    el("h4", {}, "What takes it back"),
    action.inverse.length ? action.inverse.map(call) : el("p", {}, "Nothing can take this back."),
    details(`action-${index}`, "What it rests on, and what must read afterwards", () =>
      [
        facts(["Runs only while", json(action.expects)], ["Must read afterwards", json(action.aims)]),
        action.if_refused.length > 0 && [
          el("h4", {}, "Only if AWS refuses the calls as a whole: each by itself"),
          action.if_refused.map(call),
        ],
      ]
        .flat(2)
        .filter(Boolean),
    ),
  );
}

function gate(action, waits) {
  if (action.gate === "auto") return "runs by itself, by the policy";
  return waits ? "runs only when approved" : "needs an approval";
}

function box(incident, action, index, changed, title) {
  const input = el("input", {
    type: "checkbox",
    id: `choose-${index}`,
    checked: chosen(incident).includes(action),
    change: () => {
      if (choice.digest !== incident.approval.digest) choice.without.clear();
      choice.digest = incident.approval.digest;
      choice.without[input.checked ? "delete" : "add"](action.id);
      changed();
    },
  });
  return el("h3", { class: "choose" }, input, el("label", { for: input.id }, title));
}

export function call(one) {
  const where = one.region || "global";
  return el(
    "div",
    { class: "call" },
    el("p", {}, code(`${one.service}:${one.operation}`), ` ${where}`),
    facts(...Object.entries(one.parameters).map(([name, value]) => [name, parameter(value)])),
  );
}

// Policies are JSON inside a string; whoever approves one has to be able to read it.
function parameter(value) {
  if (typeof value === "string" && value.startsWith("{")) {
    try {
      return json(JSON.parse(value));
    } catch {
      return code(value);
    }
  }
  return typeof value === "object" && value !== null ? json(value) : code(value === "" ? '""' : value);
}

// What the plan waits for, or what became of it.
export function approvalSection(incident) {
  const { approval } = incident;
  if (!approval) return null;
  const quorum = approval.quorum ?? 1;
  const given = approval.approvals ?? [];
  return el(
    "div",
    { class: `approval ${approval.status}` },
    el(
      "p",
      {},
      el("strong", {}, "The plan "),
      word(APPROVAL_STATUS, approval.status),
      ". ",
      quorumText(quorum, given),
    ),
    given.length > 0
      && el(
        "ul",
        {},
        given.map((one) => el("li", {}, vote(one))),
      ),
    quorum > 1
      && el("p", {}, "Only actions that every approver chose are carried out. One rejection ends it."),
    isPending(incident) && [
      el(
        "p",
        {},
        "Time left: ",
        countdown(approval.expires_at),
        ", until ",
        when(approval.expires_at),
        approval.remind_at && [", with a reminder at ", when(approval.remind_at)],
      ),
      el("p", {}, ifSilent(incident)),
    ],
    approval.decision && given.length === 0 && el("p", {}, decided(approval)),
  );
}

// Why somebody is asked who may have answered before.
export function askedAnew(incident) {
  if (!isPending(incident) || incident.approval.round === 1) return null;
  return el(
    "p",
    { class: "note" },
    `The plan was made anew, in round ${incident.approval.round}: the trail was changed again, or was no longer`,
    " as an earlier plan saw it. What was decided before does not count for this plan.",
  );
}

export function ifSilent(incident) {
  return word(ON_TIMEOUT, incident.approval.on_timeout);
}

function quorumText(quorum, given) {
  if (quorum === 1) return "";
  return `${given.length} of ${quorum} approvals by different people are there.`;
}

function vote(one) {
  const some = one.actions ? ` for ${one.actions.length} actions` : "";
  return [
    "Approved by ",
    data(personOf(one)),
    some,
    one.at && [", ", when(one.at)],
    one.comment && [": ", data(one.comment)],
  ];
}

function decided(approval) {
  const { decision } = approval;
  const by = data(personOf(decision.approver));
  return [
    "Decided by ",
    by,
    ", ",
    when(approval.decided_at),
    decision.comment && [": ", data(decision.comment)],
  ];
}
