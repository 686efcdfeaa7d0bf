// What codes and states are called for people, and what to do next where something was refused.

export const SEVERITIES = ["critical", "high", "medium", "low", "none"];

export const STATUS = {
  open: "The responder is at work",
  awaiting_approval: "Decision needed",
  executing: "The plan is being carried out",
  closed: "Closed",
  failed: "Needs a person",
};

export const WAITS_FOR = {
  open: "nobody yet; evidence is being sealed and looked at",
  awaiting_approval: "an approver, to approve or reject the plan",
  executing: "nobody; the actions that may run are running",
  closed: "",
  failed: "the security team; the response could not finish by itself",
};

export const PATHS = {
  eventbridge: "EventBridge event",
  alarm: "CloudWatch alarm",
  reconcile: "Reconciler, by the clock",
  responder: "Watch on the responder's roles",
  undo: "Undo",
};

export const EFFECTS = { weakens: "weakens", strengthens: "strengthens", neutral: "goes along with it" };

export const BASELINES = {
  approved: "the state that was approved",
  event_history: "a state rebuilt from earlier records; nobody approved it",
  floor: "the floor of the policy: no approved state is known",
  unknown: "nothing: no state before is known",
};

export const ACTION_STATUS = {
  running: "running",
  done: "done",
  already_done: "was so already; nothing was done",
  moved: "not done: the world was no longer as the plan saw it",
  failed: "failed",
};

export const APPROVAL_STATUS = {
  pending: "waits for a decision",
  approved: "approved",
  rejected: "rejected",
  superseded: "void: a newer change came, and a new plan was made",
  expired: "expired: nobody decided in time",
};

export const ON_TIMEOUT = {
  escalate: "If nobody answers, nothing is done and a person is called.",
  execute: "If nobody answers, the whole plan runs without an approval.",
};

export const SECTIONS = {
  what_changed: "What changed",
  who: "Who",
  from_where: "From where",
  was_it_approved: "Was it approved",
  blind_window: "What was not recorded meanwhile",
  what_else: "What else they did",
  made_to_stay: "What was made to stay",
  who_to_tell: "Who to tell",
};

export const VERDICTS = {
  authorised: "Authorised: the change was meant to be, and stays",
  tampering: "Tampering: somebody meant harm",
  benign: "Benign: not planned, and harmless",
};

// code: [what it means, what to do next, and what was made of the attempt]
const CODES = {
  digest_mismatch: [
    "The plan was renewed while you read it",
    "Your decision was not taken. The new plan is shown below: read what differs, then decide on it.",
  ],
  expired: [
    "The time for a decision is over",
    "Nothing was carried out on your word. Read below what became of the incident; if it failed, act by hand.",
  ],
  already_decided: ["Somebody decided before you", "The first decision stands. Read below what it was."],
  already_counted: [
    "Your approval counts already",
    "The plan needs different people. Ask a second approver to sign in and approve.",
  ],
  nothing_in_common: [
    "Nothing would be carried out",
    "No action was chosen by every approver. See below what the others chose, agree on it, then approve again.",
  ],
  approver_is_actor: [
    "You may not decide on this incident",
    "You, or a session, key or role of yours, are among those whom it is about. Ask another approver.",
    "Your attempt is in the timeline.",
  ],
  approver_is_responder: [
    "The responder may not approve its own plan",
    "A role of Trailguard is linked to you. Ask another approver, or whoever runs the sign-in to correct the link.",
    "Your attempt is in the timeline.",
  ],
  requester_is_actor: [
    "You may not take back the answer to this incident",
    "You, or a session, key or role of yours, are among those whom it is about. Ask another approver.",
    "Your attempt is in the timeline.",
  ],
  requester_is_responder: [
    "The responder may not undo its own work",
    "A role of Trailguard is linked to you. Ask another approver, or whoever runs the sign-in to correct the link.",
    "Your attempt is in the timeline.",
  ],
  not_entitled: [
    "You may read, not decide",
    "Only members of the approvers' group decide. Call an approver; whoever runs the sign-in adds members.",
  ],
  no_pending_approval: [
    "Nothing waits for a decision",
    "The trail may have been changed again, and is being looked at anew. Read the incident again in a minute.",
  ],
  late: [
    "The workflow no longer waited",
    "Your decision is on record as late; do not rely on it. Read below what becomes of the incident, and act by"
      + " hand if nobody else does.",
  ],
  malformed: [
    "The request was not understood",
    "Load the page again. If that does not help, use the command `trailguard`, and tell whoever runs it.",
  ],
  body_too_large: ["The text is too long", "Shorten the comment."],
  unauthenticated: ["Your sign-in has ended", "Sign in again; you come back to this incident."],
  sign_in_failed: ["The sign-in did not succeed", "Begin it again from this page."],
  no_sign_in: ["Nobody can sign in here", "This deployment has no sign-in. Use the command `trailguard`."],
  no_identity_provider: [
    "The identity provider does not answer",
    "Try again in a moment. The command `trailguard` works without it.",
  ],
  stale: [
    "This page is not up to date",
    "The console does not answer. It is asked again every few seconds; what you see may have changed.",
  ],
  unreachable: [
    "No answer came",
    "It is not known whether the request arrived. Read the incident again before you repeat it.",
  ],
  busy: ["AWS did not take the call just now", "Wait a moment, read the incident again, then repeat it."],
  failed: ["Something failed on our side", "Nothing is certain: read the incident again. The log says why."],
  incident_busy: ["The incident is at work", "Give the verdict when it waits for a person or has ended."],
  incident_open: ["The incident has not ended", "Take it back when it is closed."],
  nothing_to_undo: ["There is nothing to take back", "Read below what was done and what was undone before."],
  unknown_action: ["No such action was carried out", "Read the incident again."],
  world_moved: [
    "The world has moved since",
    "Somebody changed what this would take back. Look at it as it is now, and repair it by hand.",
  ],
  no_such_incident: ["There is no such incident", "Look for it in the list of incidents."],
  no_such_path: ["There is nothing at this address", "Load the page again."],
  method_not_allowed: ["This is not possible here", "Load the page again."],
  unreadable_trail: ["The trail cannot be read", "See that the reader role of its account is in place."],
};

export function meaning(code) {
  return CODES[code] ?? ["The request was refused", "Read the incident again, then decide what to do."];
}

export function word(words, key) {
  return Object.hasOwn(words, key) ? words[key] : String(key ?? "").replaceAll("_", " ");
}

// Whoever acted: a name where there is one, else what the identity is called.
export function personOf(document) {
  return document?.name || document?.arn || document?.id || document?.by || "somebody";
}

export function trailName(arn) {
  return (
    String(arn ?? "")
      .split("/")
      .at(-1) || "unknown trail"
  );
}
