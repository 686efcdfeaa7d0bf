// The page: who is signed in, which view is shown, and keeping it up to date without taking the focus away.

import { approve, isAsking, judge, refusal, reject, report, undo } from "./decide.js";
import { el, forgetOpened, tick } from "./dom.js";
import { incidentView } from "./incident.js";
import { isOpen, listView } from "./list.js";
import { Refused, call, forget, hasLapsed, isSignedIn, person, signIn, signOut, start } from "./session.js";

const EVERY = 5000;
const LIST_EVERY = 3;
const LIST = "/incidents?limit=200";
const at = (id) => document.getElementById(id);
const [view, result] = [at("view"), at("result")];
let shown = { place: null };
let turns = 0;

const say = (text) => {
  at("status").textContent = text;
};

// The hash says what is shown: nothing for the list, an incident's id, and after a slash a section of it.
function place() {
  const [id, section] = location.hash.slice(1).split("/");
  return { id: decode(id), section };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function show() {
  const { id, section } = place();
  if (shown.place === id) return land(section);
  if (shown.place !== null) result.replaceChildren();
  forgetOpened();
  shown = { place: id, text: "", answer: null, fault: "" };
  document.title = id ? `${id} \u00b7 Trailguard` : "Incidents \u00b7 Trailguard";
  if (!isSignedIn()) return welcome();
  view.replaceChildren(el("p", { class: "loading" }, "Loading\u2026"));
  if (await refresh()) land(section);
  return undefined;
}

function land(section) {
  const target = at(`at-${section}`) ?? at("title");
  target?.focus();
  target?.scrollIntoView();
}

// Whether there is something to see. Draws only what has changed, and puts focus and place back.
async function refresh() {
  const wanted = shown;
  try {
    const answer = await call("GET", wanted.place ? `/incidents/${encodeURIComponent(wanted.place)}` : LIST);
    if (wanted !== shown || isAsking()) return false;
    if (shown.fault) clear();
    shown.fault = "";
    const text = JSON.stringify(answer);
    if (text !== shown.text) {
      const [before, now] = [shown.answer?.approval?.digest, answer.approval?.digest];
      const isRenewed = before && before !== now;
      // What was told of the plan before is not of this one.
      if (isRenewed) clear();
      if (shown.text) say(isRenewed ? "A new plan waits for a decision." : "The page was brought up to date.");
      shown.text = text;
      shown.answer = answer;
      draw();
    }
    return true;
  } catch (error) {
    if (wanted === shown) fail(error);
    return false;
  }
}

// Nothing is told any more; the focus does not go with it.
function clear() {
  const had = result.contains(document.activeElement);
  result.replaceChildren();
  if (had) at("title")?.focus({ preventScroll: true });
}

// Told once, not every few seconds: telling takes the focus.
function fail(error) {
  const isSilent = shown.answer && ["unreachable", "busy", "failed"].includes(error.code);
  const code = isSilent ? "stale" : error.code;
  if (shown.fault === code) return;
  shown.fault = code;
  tell(refusal(isSilent ? new Refused(code, error.detail) : error));
}

function draw() {
  const [focused, top] = [document.activeElement?.id, window.scrollY];
  const { answer } = shown;
  view.replaceChildren(...(shown.place ? incidentView(answer, actsOn(answer)) : listView(answer)));
  // Where what had the focus is gone, as buttons are that are no longer for this person, it goes to the title.
  if (focused && document.activeElement?.id !== focused) {
    (at(focused) ?? at("title"))?.focus({ preventScroll: true });
  }
  window.scrollTo({ top, behavior: "instant" });
}

function actsOn(incident) {
  const done = async (told) => {
    await refresh();
    tell(told);
  };
  return {
    approve: () => approve(incident, done),
    reject: () => reject(incident, done),
    undo: () => undo(incident, done),
    judge: () => judge(incident, done),
    changed: () => {
      draw();
      say(at("count")?.textContent ?? "");
    },
  };
}

function tell(told) {
  if (told.code === "unauthenticated" || told.code === "sign_in_failed") {
    forget();
    greet();
    told.button = el("p", {}, signInButton());
    if (!shown.answer) view.replaceChildren();
  } else if (!shown.answer) {
    view.replaceChildren(el("p", {}, el("a", { href: "#" }, "All incidents")));
  }
  say(told.title);
  report(result, told, () => {
    result.replaceChildren();
    at("title")?.focus();
  });
}

const signInButton = () =>
  el("button", { type: "button", class: "go", id: "sign-in", click: signIn }, "Sign in");

function welcome() {
  view.replaceChildren(
    el("h1", { id: "title", tabindex: "-1" }, "Changes of audit trails, and what to do about them"),
    el("p", {}, "Sign in to read incidents and to decide on plans. Nothing is shown or decided before."),
    el("p", {}, signInButton()),
    el(
      "p",
      { class: "small" },
      "You stay signed in until you load this page anew, or for as long as the sign-in allows.",
    ),
  );
}

function greet() {
  at("person").replaceChildren(
    ...(isSignedIn()
      ? [
          el("span", {}, "Signed in as ", el("bdi", {}, person.name)),
          el("button", { type: "button", id: "sign-out", click: signOut }, "Sign out"),
        ]
      : []),
  );
}

function isMoving() {
  const { answer, place: id } = shown;
  if (!answer || document.hidden || !isSignedIn()) return false;
  const unfinished = (answer.undo_requests ?? []).some((request) => !request.outcome);
  return !id || isOpen(answer) || unfinished;
}

function keepUp() {
  turns += 1;
  if (isAsking()) return;
  if (hasLapsed()) fail(new Refused("unauthenticated", "It was given for a limited time."));
  else if (isMoving() && (shown.place || turns % LIST_EVERY === 0)) refresh();
}

async function begin() {
  at("skip").addEventListener("click", (event) => {
    event.preventDefault();
    at("main").focus();
  });
  window.addEventListener("hashchange", show);
  setInterval(tick, 1000);
  setInterval(keepUp, EVERY);
  try {
    const wanted = await start();
    if (wanted) history.replaceState(null, "", `${location.pathname}${wanted}`);
    greet();
    await show();
  } catch (error) {
    welcome();
    tell(refusal(error));
  }
}

begin();
