// What htmx's regions show while they wait and when they fail. Nothing under 150 ms, then a bar, a word, a way out; a
// failure is a red line in the region, with the old content kept. Polls rest in a hidden tab.

const words = document.getElementById("words")?.dataset ?? {};
const BAR = 150;
const WORD = 1000;
const STILL = 8000;
const waiting = new Map(); // request -> what is to be undone when it ends

const polls = (element) => element.getAttribute?.("hx-trigger")?.includes("every") ?? false;
const isPoll = (detail) => !detail.requestConfig?.triggeringEvent && polls(detail.elt);
// A dialog is laid out by the browser: what is shown in it belongs into its first element.
const place = (target) => (target?.tagName === "DIALOG" ? target.firstElementChild : target) ?? document.getElementById("main");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.defaultPrevented) return;
  const { detail } = event;
  if (document.hidden && isPoll(detail)) {
    event.preventDefault();
    return;
  }
  if (!isPoll(detail)) wait(detail);
});
document.addEventListener("htmx:afterRequest", (event) => {
  waiting.get(event.detail.xhr)?.();
  if (event.detail.successful) place(event.detail.target)?.querySelectorAll(":scope > .region-error").forEach((line) => line.remove());
});

function wait({ elt, target, xhr }) {
  const region = place(target);
  if (!region) return;
  const note = document.createElement("div");
  note.className = "region-word";
  note.setAttribute("role", "status");
  const timers = [
    setTimeout(() => { region.toggleAttribute("data-loading", true); region.setAttribute("aria-busy", "true"); }, BAR),
    setTimeout(() => { note.textContent = words.loading; region.append(note); }, WORD),
    setTimeout(() => {
      const stop = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: words.stopWaiting });
      stop.addEventListener("click", () => htmx.trigger(elt, "htmx:abort"));
      note.replaceChildren(words.waiting, stop);
    }, STILL),
  ];
  waiting.set(xhr, () => {
    timers.forEach(clearTimeout);
    note.remove();
    waiting.delete(xhr);
    region.toggleAttribute("data-loading", false);
    region.removeAttribute("aria-busy");
  });
}

// --- Failures -----------------------------------------------------------------------------------------------------

function redLine({ target, text, incident, again }) {
  const region = target?.querySelector?.(".face-body") ?? place(target?.isConnected ? target : null);
  if (!region) return;
  const former = region.querySelector(":scope > .region-error");
  if (former?.dataset.text === text && !incident) return; // a failing poll says it once
  former?.remove();
  if (region.querySelector(":scope > .skeleton")) { // the face never came: its heading must not go on saying "Loading"
    region.querySelector(":scope > .skeleton").remove();
    region.closest(".face")?.removeAttribute("aria-busy");
    const heading = region.closest(".face")?.querySelector("h2");
    if (heading) heading.textContent = words.failed;
  }
  const line = document.createElement("div");
  line.className = "region-error";
  line.dataset.text = text;
  line.setAttribute("role", "alert");
  const said = document.createElement("span");
  said.textContent = text;
  line.append(said);
  if (incident) line.append(Object.assign(document.createElement("code"), { textContent: `${words.incident} ${incident}` }));
  if (again) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: words.again });
    button.addEventListener("click", () => { line.remove(); again(); });
    line.append(button);
  }
  region.prepend(line);
}

function repeat({ elt, requestConfig, target }) {
  return () => {
    const form = elt.closest?.("form");
    if (requestConfig.verb !== "get" && form) form.requestSubmit();
    else htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt, target });
  };
}

// The server's own sentence, where its answer holds one.
function sentence(xhr) {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (!type.startsWith("text/html")) return "";
  return new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-line]")?.textContent.trim() ?? "";
}

document.addEventListener("htmx:responseError", ({ detail }) => {
  const { xhr, target } = detail;
  if (xhr.status === 401) return redLine({ target, text: words.signIn });
  const again = xhr.status >= 500 ? repeat(detail) : null;
  return redLine({ target, text: sentence(xhr) || words.broken, incident: xhr.getResponseHeader("X-Incident"), again });
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.elt.closest?.("form[data-sent]")) return; // the form was sent: the next page cut this request short
    redLine({ target: detail.target, text: words.offline, again: repeat(detail) });
  });
}
document.addEventListener("region-error", ({ detail }) => redLine(detail));

// --- Tabs: the chosen one is in sight, however narrow the page ---------------------------------------------------------

function inSight() {
  for (const chosen of document.querySelectorAll(".tabs > [aria-current]")) {
    const tabs = chosen.parentElement;
    const [all, one] = [tabs.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (one.left < all.left || one.right > all.right) tabs.scrollLeft += one.left - all.left - (all.width - one.width) / 2;
  }
}
inSight();
document.addEventListener("htmx:afterSettle", inSight);

// --- Focus: htmx finds the same control by its id; else the summary of errors, else the region's heading ---------------

let lost = false;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  lost = detail.target.contains(document.activeElement) && document.activeElement !== document.body;
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const region = detail.elt;
  const summary = region.querySelector?.("[data-summary]");
  if (summary) return summary.focus();
  if (!lost || document.activeElement !== document.body || region.closest?.("dialog")) return undefined;
  lost = false;
  const heading = region.querySelector?.("h1, h2, h3, caption") ?? region;
  heading.setAttribute("tabindex", "-1");
  return heading.focus({ preventScroll: true });
});
