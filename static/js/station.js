// Pages that are fed with scans, the pack station and the dock check: every scan, card and key goes to the server one
// after the other, each with a token, so that none is taken twice. While the network is gone they wait on the device,
// over a reload too, and are sent once, in order. What a scan means is decided by the server; here it is shown, heard
// and felt.

const AGAIN = 3000;
const PATIENCE = 8000;
const region = () => document.querySelector("[data-scans]");
const key = () => `scans:${region().dataset.bench}`;
const session = (name) => name.split(":")[1];
let busy = false;
let gone = false; // the network, at the last attempt
let halted = false; // signed out: nothing goes on before the page was loaded anew
let failed = ""; // the token of the step that the server failed at
let heard = "";
let typing = false; // the keyboard of a tablet was asked for

const waiting = () => JSON.parse(localStorage.getItem(key()) ?? "[]");
const keep = (steps) => (steps.length ? localStorage.setItem(key(), JSON.stringify(steps)) : localStorage.removeItem(key()));
const token = () => [...crypto.getRandomValues(new Uint8Array(15))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const signal = (kind) => kind && document.dispatchEvent(new CustomEvent("signal", { detail: kind }));

function put(step, text) {
  if (halted) return signedOut();
  keep([...waiting(), { form_token: token(), step, text, stop: region().dataset.stop }]);
  echo(step === "scan" ? text : "");
  pump();
}

// At once, before the server has said what it means: that it was read, and what.
function echo(text, wrong = "") {
  const place = region().querySelector("[data-heard]");
  if (!place) return;
  place.textContent = wrong || text;
  place.toggleAttribute("data-wrong", Boolean(wrong));
  if (wrong) region().dataset.signal = "wrong"; // the page's edge says it too
}

function signedOut() {
  signal("wrong");
  echo("", region().dataset.signIn);
}

// A step that fails whenever it is sent would keep the bench for ever; what came after it may have meant its order.
function giveUp(step) {
  keep([]);
  gone = false;
  signal("wrong");
  echo("", region().dataset.failed.replace("{code}", step.text));
}

async function send(step) {
  const csrf = region().querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    return await fetch(region().dataset.url, {
      method: "POST", body: new URLSearchParams(step), headers: { "HX-Request": "true", "X-CSRFToken": csrf },
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return null;
  }
}

async function pump() {
  if (busy || halted) return;
  busy = true;
  try {
    for (let [first] = waiting(); first; [first] = waiting()) {
      const answer = await send(first);
      gone = !answer || answer.status >= 500;
      if (answer?.status === 500 && failed === first.form_token) {
        giveUp(first);
        break;
      }
      failed = answer?.status === 500 ? first.form_token : "";
      if (!answer?.ok) {
        halted = !gone;
        if (halted) signedOut();
        break;
      }
      const text = await answer.text();
      keep(waiting().filter((step) => step.form_token !== first.form_token));
      show(text);
    }
  } catch {
    gone = true; // the answer broke off: the same token is sent again
  } finally {
    busy = false;
    tell();
  }
}

function show(text) {
  const next = new DOMParser().parseFromString(text, "text/html").getElementById(region().id);
  if (!next) return;
  region().replaceWith(document.adoptNode(next));
  htmx.process(next);
  arrived();
}

function arrived() {
  const now = region();
  if (now.dataset.heardAt !== heard) signal(now.dataset.signal);
  heard = now.dataset.heardAt;
  if (typing) now.querySelector("input.scan")?.setAttribute("inputmode", "text");
  if (!document.querySelector("dialog[open]")) first();
  tell();
}

// Keys work where no field has the focus, and a scan needs none: the field waits for a person who types.
function first() {
  const field = typing && region().querySelector("input.scan");
  (region().querySelector("[data-first]") || field || region()).focus({ preventScroll: true });
}

function tell() {
  const place = region().querySelector("[data-queue]");
  const count = waiting().length;
  place.hidden = !gone || count === 0;
  if (!place.hidden) place.textContent = place.dataset.told.replace("{count}", count);
}

// --- What comes in ----------------------------------------------------------------------------------------------------

// What somebody is typing or reading is not taken away by a scan.
function busyPerson() {
  return document.querySelector("dialog[open]") || [...region().querySelectorAll("[data-typing]")].some((field) => field.value.trim());
}

document.addEventListener("scan", (event) => {
  if (!region()) return;
  event.preventDefault();
  if (!busyPerson()) return put("scan", event.detail.text);
  signal("wrong");
  return echo("", region().dataset.closeFirst);
});
document.addEventListener("scan-half", (event) => {
  if (!region()) return;
  event.preventDefault();
  signal("wrong");
  region().querySelector("form[data-step]")?.reset(); // the first half was typed there
  echo("", region().dataset.half.replace("{code}", event.detail.text));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-scans] form[data-step]")) return;
  event.preventDefault();
  event.stopPropagation();
  const fields = new FormData(form, event.submitter);
  if (fields.get("step") === "scan" && !fields.get("text").trim()) return;
  put(fields.get("step"), fields.get("text") ?? "");
  form.reset();
}, true);
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-keyboard]");
  const field = opener && document.getElementById(opener.dataset.keyboard);
  if (!field) return;
  typing = field.inputMode === "none";
  field.inputMode = typing ? "text" : "none";
  opener.setAttribute("aria-pressed", String(typing));
  field.blur(); // a keyboard that is up goes, one that is down comes
  if (typing) field.focus();
});

// --- The poll: an order that ends elsewhere interrupts -------------------------------------------------------------------

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  if (detail.target !== region()) return;
  const turn = Number(/data-turn="(\d+)"/.exec(detail.xhr.responseText)?.[1]);
  if (busy || busyPerson() || turn < Number(region().dataset.turn)) detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt.matches?.("[data-scans]") && arrived());

if (region()) {
  // What waited for a session that has ended belongs to no order any more.
  const old = Object.keys(localStorage).filter((name) => name.startsWith("scans:") && session(name) !== session(key()));
  if (old.length) echo("", region().dataset.ended);
  for (const name of old) localStorage.removeItem(name);
  heard = region().dataset.heardAt;
  first();
  addEventListener("online", pump);
  setInterval(() => waiting().length && pump(), AGAIN);
  pump();
}
