// Signing in by authorization code with PKCE, and calls to the API. The token lives in this module only: it is
// in no storage, and gone when the page is.

const WAITING = "trailguard.sign-in"; // verifier, state and place, for the one round trip to the sign-in page
const PATIENCE = 20000;
let settings = null;
let token = null;

export const person = { name: "", until: 0 };

// An answer that is a refusal or a failure: `code` is stable, `detail` is for people.
export class Refused extends Error {
  constructor(code, detail, document = {}) {
    super(detail);
    this.code = code;
    this.detail = detail;
    this.document = document;
  }
}

export const isSignedIn = () => token !== null && Date.now() < person.until;

// Somebody was signed in, and is no longer: what is on the screen grows old.
export const hasLapsed = () => person.name !== "" && !isSignedIn();

export function forget() {
  token = null;
  person.name = "";
  person.until = 0;
}

// Read where to sign in; and if this is the way back from there, finish it. Tells where the person wanted to go.
export async function start() {
  const came = new URLSearchParams(location.search);
  const kept = take();
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  settings = await plain("/console.json", {});
  if (!came.has("state")) return null;
  if (!kept || kept.state !== came.get("state")) {
    throw new Refused(
      "sign_in_failed",
      "The answer of the sign-in page does not belong to this page's question.",
    );
  }
  if (came.has("iss") && came.get("iss") !== settings.issuer) {
    throw new Refused("sign_in_failed", "The answer comes from another issuer than the one asked.");
  }
  if (!came.has("code")) {
    throw new Refused(
      "sign_in_failed",
      came.get("error_description") ?? came.get("error") ?? "No code came back.",
    );
  }
  await redeem(came.get("code"), kept.verifier);
  return kept.place;
}

export async function signIn() {
  const [verifier, state] = [random(), random()];
  const hashed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem(WAITING, JSON.stringify({ verifier, state, place: location.hash }));
  go(settings.authorization_endpoint, {
    response_type: "code",
    client_id: settings.client_id,
    redirect_uri: home(),
    scope: settings.scope,
    state,
    code_challenge: base64url(new Uint8Array(hashed)),
    code_challenge_method: "S256",
  });
}

export function signOut() {
  forget();
  if (!settings.logout_endpoint) return location.replace("/");
  const back = { logout_uri: home(), post_logout_redirect_uri: home() };
  return go(settings.logout_endpoint, { client_id: settings.client_id, ...back });
}

export async function call(method, path, body) {
  if (!isSignedIn()) throw new Refused("unauthenticated", "");
  const headers = { authorization: `Bearer ${token}` };
  if (body === undefined) return plain(settings.api + path, { method, headers });
  headers["content-type"] = "application/json";
  return plain(settings.api + path, { method, headers, body: JSON.stringify(body) });
}

async function redeem(code, verifier) {
  const answer = await plain(settings.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.client_id,
      code,
      redirect_uri: home(),
      code_verifier: verifier,
    }),
  }).catch((refused) => {
    throw new Refused("sign_in_failed", refused.detail);
  });
  if (typeof answer.access_token !== "string") {
    throw new Refused("sign_in_failed", "The sign-in gave no access token.");
  }
  token = answer.access_token;
  person.until = Date.now() + 1000 * (Number(answer.expires_in) || 900);
  const claims = { ...claimsOf(answer.access_token), ...claimsOf(answer.id_token) };
  person.name = String(
    claims.email ?? claims["cognito:username"] ?? claims.username ?? claims.sub ?? "somebody",
  );
}

// For the greeting only: who somebody is, the API's authorizer says.
function claimsOf(jwt) {
  try {
    const part = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (byte) => byte.charCodeAt(0))));
  } catch {
    return {};
  }
}

async function plain(address, options) {
  let answer;
  let document;
  try {
    answer = await fetch(address, {
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
      ...options,
    });
    document = await answer.json().catch(() => ({}));
  } catch (error) {
    throw new Refused("unreachable", String(error?.message ?? error));
  }
  if (answer.ok) return { ...document, httpStatus: answer.status };
  if (answer.status === 401) token = null;
  // API Gateway itself refuses without a code of ours.
  const bare = { 400: "malformed", 401: "unauthenticated", 403: "not_entitled", 429: "busy", 503: "busy" };
  const code = document.code ?? bare[answer.status] ?? "failed";
  const detail = document.detail ?? document.error_description ?? document.message ?? document.error;
  throw new Refused(String(code), String(detail ?? `HTTP ${answer.status}`), document);
}

function take() {
  const kept = sessionStorage.getItem(WAITING);
  sessionStorage.removeItem(WAITING);
  return JSON.parse(kept ?? "null");
}

function go(address, parameters) {
  const target = new URL(address, location.href);
  for (const [key, value] of Object.entries(parameters)) target.searchParams.set(key, value);
  location.assign(target);
}

const home = () => `${location.origin}/`;

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
