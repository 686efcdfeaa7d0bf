// What was carried out, what of it was taken back, and what still can be.

import { code, data, details, el, facts, when } from "./dom.js";
import { isSettled } from "./list.js";
import { ACTION_STATUS, word } from "./words.js";
import { insteadOf } from "./you.js";

// An identity as the records name it, with the person's name where an approval told it.
function named(incident, id) {
  const name = (incident.approval?.approvals ?? []).find((one) => one.by === id)?.name;
  return name ? `${name} (${id})` : id;
}

// What was carried out, and what of it was taken back.
export function carriedOut(incident) {
  const undone = new Map((incident.undone ?? []).map((undo) => [undo.undoes, undo]));
  return el(
    "ul",
    { class: "done" },
    (incident.actions ?? []).map((action, index) => {
      const undo = undone.get(action.id);
      return el(
        "li",
        { class: action.status },
        el("p", {}, el("strong", {}, data(action.title)), ": ", word(ACTION_STATUS, action.status)),
        action.detail && el("p", {}, data(action.detail)),
        undo
          && el(
            "p",
            {},
            "Taken back: ",
            word(ACTION_STATUS, undo.status),
            ", by ",
            data(named(incident, undo.requested_by)),
            ", ",
            data(undo.reason),
          ),
        details(`done-${index}`, "By whom, when, and AWS request ids", () => [
          facts(
            ["Approved by", data(named(incident, action.approved_by))],
            ["Began", when(action.started_at)],
            ["Ended", action.finished_at && when(action.finished_at)],
            [
              "Request ids",
              el(
                "ul",
                {},
                action.request_ids.map((id) => el("li", {}, code(id))),
              ),
            ],
          ),
        ]),
      );
    }),
  );
}

export function undoable(incident) {
  const taken = new Set(
    (incident.undone ?? []).filter((undo) => undo.status !== "failed").map((undo) => undo.undoes),
  );
  return (incident.actions ?? []).filter((action) => action.status === "done" && !taken.has(action.id));
}

// What the trail read after the actions, by calls of its own.
export function verified(incident) {
  const { verification } = incident;
  if (!verification) return null;
  return el(
    "p",
    { class: verification.as_aimed ? "" : "note" },
    el("strong", {}, "Read again afterwards: "),
    verification.as_aimed
      ? "the trail is as the actions were to leave it"
      : "the trail is not as the actions were to leave it",
    ", ",
    when(verification.observed_at),
    ".",
  );
}

export function undoButton(incident, acts) {
  const requests = (incident.undo_requests ?? []).map((request) =>
    el(
      "li",
      {},
      "Undo asked for by ",
      data(named(incident, request.requested_by)),
      ", ",
      when(request.requested_at),
      ": ",
      data(request.reason),
      ". ",
      data(request.text || "It is at work."),
    ),
  );
  const offered = isSettled(incident) && undoable(incident).length > 0;
  const button = el("button", { type: "button", id: "undo", click: acts.undo }, "Undo\u2026");
  return [
    requests.length > 0 && el("ul", {}, requests),
    offered && el("p", {}, insteadOf(button, incident)),
  ];
}
