// Approve, reject, undo, verdict: shown once more before it is sent, then told plainly, whatever the answer.

import { code, data, details, el, uniqueId } from "./dom.js";
import { undoable } from "./done.js";
import { call, chosen, left } from "./plan.js";
import { Refused, call as send } from "./session.js";
import { VERDICTS, meaning } from "./words.js";

const LONGEST = 1000;

export const isAsking = () => document.querySelector("dialog") !== null;

export function approve(incident, done) {
  const [taken, rest] = [chosen(incident), left(incident)];
  const label = `Approve ${count(taken)}`;
  ask(done, {
    title: `${label}?`,
    content: [
      el(
        "p",
        {},
        "These calls are made as soon as the approval counts. The plan: ",
        short(incident.approval.digest),
      ),
      el(
        "ol",
        {},
        taken.map((action) => el("li", {}, el("p", {}, data(action.title)), calls(action, action.calls))),
      ),
      rest.length > 0 && el("p", { class: "note" }, "Left out, and not done: "),
      rest.length > 0
        && el(
          "ul",
          {},
          rest.map((action) => el("li", {}, data(action.title))),
        ),
    ],
    label,
    text: "Comment (stays with the incident)",
    send: (comment) => decide(incident, "approve", comment, taken),
  });
}

export function reject(incident, done) {
  ask(done, {
    title: "Reject the plan?",
    content: el(
      "p",
      {},
      "Nothing of the plan is done, and the trail stays as it is. The plan: ",
      short(incident.approval.digest),
    ),
    label: "Reject the plan",
    text: "Comment (stays with the incident)",
    send: (comment) => decide(incident, "reject", comment),
  });
}

export function undo(incident, done) {
  const boxes = undoable(incident).map((action) => {
    const input = el("input", { type: "checkbox", id: uniqueId(), value: action.id, checked: true });
    return [
      input,
      el(
        "li",
        {},
        el("p", { class: "choose" }, input, el("label", { for: input.id }, data(action.title))),
        calls(action, action.inverse),
      ),
    ];
  });
  ask(done, {
    title: "Take back what was done?",
    content: [
      el(
        "p",
        {},
        "These calls are made at once. Whoever was shut out by what you take back is let in again.",
      ),
      el(
        "ul",
        { class: "plain" },
        boxes.map(([, item]) => item),
      ),
    ],
    label: "Undo",
    text: "Reason",
    isRequired: true,
    check: () => (boxes.some(([input]) => input.checked) ? "" : "Choose at least one action."),
    send: async (reason) => {
      const actions = boxes.filter(([input]) => input.checked).map(([input]) => input.value);
      const answer = await send("POST", `${path(incident)}/undo`, { reason, actions });
      if (!answer.execution) return ["Nothing was left to take back", ["All of it was taken back before."]];
      return [
        "The undo is under way",
        [`${count(answer.actions)} will be taken back. This page shows when it is done.`],
      ];
    },
  });
}

export function judge(incident, done) {
  const name = uniqueId();
  const boxes = Object.entries(VERDICTS).map(([value, text]) => [
    el("input", { type: "radio", name, value, id: `${name}-${value}` }),
    text,
  ]);
  ask(done, {
    title: "What was it?",
    content: el(
      "fieldset",
      {},
      el("legend", {}, "Verdict"),
      boxes.map(([input, text]) => el("p", { class: "choose" }, input, el("label", { for: input.id }, text))),
    ),
    label: "Give the verdict",
    text: "Reason",
    isRequired: true,
    check: () => (boxes.some(([input]) => input.checked) ? "" : "Choose one of the three."),
    send: async (reason) => {
      const verdict = boxes.find(([input]) => input.checked)[0].value;
      const answer = await send("POST", `${path(incident)}/verdict`, { verdict, reason });
      return ["The verdict is recorded", [answer.detail]];
    },
  });
}

async function decide(incident, decision, comment, actions) {
  const body = { digest: incident.approval.digest, decision, comment };
  if (actions) body.actions = actions.map((action) => action.id);
  const answer = await send("POST", `${path(incident)}/decision`, body);
  if (answer.status === "waiting") {
    const more = answer.missing === 1 ? "one more approval" : `${answer.missing} more approvals`;
    return ["Your approval is recorded", [`It takes ${more}, by somebody else, before anything runs.`]];
  }
  const waits =
    answer.woken === false ? ["The workflow could not be woken just now; it finds your decision later."] : [];
  return answer.status === "approved"
    ? ["Approved", ["The actions are carried out now. This page shows each as it is done.", ...waits]]
    : ["Rejected", ["Nothing of the plan is done.", ...waits]];
}

// In short; what each is given can be opened.
function calls(action, made) {
  const names = made.map((one) => code(`${one.service}:${one.operation}`)).flatMap((name) => [name, " "]);
  return details(`asked-${action.id}`, names, () => made.map(call));
}

const path = (incident) => `/incidents/${encodeURIComponent(incident.id)}`;

const count = (actions) => `${actions.length} action${actions.length === 1 ? "" : "s"}`;

const short = (digest) => code(`${digest.slice(0, 16)}\u2026`);

function ask(done, { title, content, label, text, send: sends, isRequired = false, check = () => "" }) {
  const [heading, field, fault] = [uniqueId(), uniqueId(), uniqueId()];
  const area = el("textarea", {
    id: field,
    rows: "3",
    maxlength: LONGEST,
    required: isRequired,
    "aria-describedby": fault,
  });
  const wrong = el("p", { id: fault, class: "fault", role: "alert" });
  const sending = el("button", { type: "submit", class: "go", id: "confirm" }, label);
  const cancel = el("button", { type: "button", id: "cancel", click: () => dialog.close() }, "Cancel");
  const form = el(
    "form",
    { novalidate: true },
    el("h2", { id: heading, tabindex: "-1", autofocus: true }, title),
    content,
    el("label", { for: field, class: "above" }, text, isRequired ? " (required)" : ""),
    area,
    wrong,
    el("div", { class: "buttons" }, sending, cancel),
  );
  const dialog = el("dialog", { "aria-labelledby": heading }, form);
  const before = document.activeElement?.id;
  let told = null;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = isRequired && !area.value.trim() ? `${text} is required.` : "";
    wrong.textContent = check() || missing;
    if (wrong.textContent) return missing && area.focus();
    for (const button of [sending, cancel]) button.disabled = true;
    sending.textContent = "Sending\u2026";
    told = await outcome(sends, area.value.trim());
    dialog.close();
  });
  form.addEventListener("input", () => wrong.replaceChildren());
  // While a request is on its way nobody may take the question for withdrawn.
  dialog.addEventListener("cancel", (event) => sending.disabled && event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (told) done(told);
    else document.getElementById(before)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

async function outcome(sends, text) {
  try {
    const [title, lines] = await sends(text);
    return { title, lines };
  } catch (error) {
    return refusal(error);
  }
}

// What a refusal means, what the API said of it, what to do next; and how the new plan differs, if it does.
export function refusal(error) {
  if (!(error instanceof Refused)) throw error;
  const [title, next, noted] = meaning(error.code);
  return {
    isRefusal: true,
    code: error.code,
    title,
    lines: [next, noted, error.detail],
    difference: error.document.difference,
  };
}

export function report(into, told, close) {
  const parts = Object.entries(told.difference ?? {}).filter(([, actions]) => actions?.length > 0);
  const title = el("h2", { id: "result-title", tabindex: "-1" }, told.title);
  into.replaceChildren(
    el(
      "section",
      { class: told.isRefusal ? "told refused" : "told", "aria-labelledby": "result-title" },
      title,
      told.lines.filter(Boolean).map((line) => el("p", {}, data(line))),
      parts.map(([kind, actions]) => [
        el("h3", {}, `Actions ${kind}`),
        el(
          "ul",
          {},
          actions.map((action) => el("li", {}, data(action.title ?? action), " ", code(action.id ?? ""))),
        ),
      ]),
      told.code && el("p", { class: "small" }, "Code: ", code(told.code)),
      told.button,
      el("p", {}, el("button", { type: "button", id: "dismiss", click: close }, "Dismiss")),
    ),
  );
  title.focus();
}
