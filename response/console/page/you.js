// What the person who is signed in may do, as the API says: told before the click. It refuses all the same.

import { el } from "./dom.js";
import { meaning } from "./words.js";

// The code that a decision of theirs would meet because of who they are; "" where none would.
export function barred({ you }) {
  return you?.may === "read" ? "not_entitled" : (you?.refusal ?? "");
}

// Why there are no buttons, and what to do next.
export function whyBarred(answer) {
  const code = barred(answer);
  if (!code) return null;
  const [title, next] = meaning(code);
  return el("p", { class: "note" }, el("strong", {}, `${title}.`), " ", next);
}

// Stands where a button would.
export function insteadOf(button, answer) {
  const code = barred(answer);
  return code ? el("span", { class: "small" }, `${meaning(code)[0]}.`) : button;
}
