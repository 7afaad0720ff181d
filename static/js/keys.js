// Single keys. Controls say their own key (data-key); rows of lists are walked with j and k. A key acts 60 ms after it
// when nothing follows, since a scanner may be beginning; never inside fields, nor with Ctrl, Alt or Meta.

const words = document.getElementById("words")?.dataset ?? {};
const QUIET = 60;
const SEQUENCE = 1500;
const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea, [contenteditable]";
const on = () => document.body.dataset.shortcuts !== "off";
let timer = 0;
let last = 0;
let burst = false;
let prefix = "";
let prefixTimer = 0;
let lastPicked = null;

const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
const scope = () => document.querySelector("dialog[open]") ?? document;
// Where parts of a page have the same keys, the part that has the focus goes first.
const near = () => [document.activeElement?.closest("[data-keys]"), scope()].filter(Boolean);
const control = (key) => near().flatMap((part) => [...part.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]).find(visible);
const begins = (key) => scope().querySelector(`[data-key^="${CSS.escape(key)} "]`) !== null;

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && event.ctrlKey) return sendForm(event);
  if (event.key === "Escape") return escape(event);
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && !"jk".includes(event.key)) return;
  if (document.activeElement?.matches(FIELDS) || !on()) return;
  const now = performance.now();
  const soon = now - last < QUIET;
  if (event.key === "Enter" || event.key === "Tab") {
    if (soon && burst) event.preventDefault(); // the end of a scan is no answer to the page
    return;
  }
  if (event.key.length !== 1 || event.key === " ") return;
  clearTimeout(timer);
  last = now;
  burst = soon && !event.repeat;
  if (burst) return;
  if (knows(event.key)) event.preventDefault();
  timer = setTimeout(act, QUIET, event.key);
});

function knows(key) {
  return prefix !== "" || key === "?" || "jkxX".includes(key) || control(key) !== undefined || begins(key);
}

function act(key) {
  const sequence = prefix ? `${prefix} ${key}` : key;
  clearTimeout(prefixTimer);
  prefix = "";
  const found = control(sequence);
  if (found) return press(found);
  if (sequence !== key) return undefined;
  if (begins(key)) {
    prefix = key;
    prefixTimer = setTimeout(() => { prefix = ""; }, SEQUENCE);
    return undefined;
  }
  if (key === "?") return help();
  if (scope() !== document) return undefined;
  if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1);
  if (key === "x" || key === "X") return pick(key === "X");
  return undefined;
}

function press(found) {
  if (found.matches("[type=radio], [type=checkbox]")) {
    found.focus();
    found.click();
  } else if (found.matches("input, select, textarea")) {
    found.focus();
    found.select?.();
  } else if (!found.disabled) {
    found.focus();
    found.click();
  }
}

// --- Lists ----------------------------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll(".table.rows tbody tr")].filter(visible);
const here = () => document.activeElement?.closest(".table.rows tbody tr");

function walk(step) {
  const all = rows();
  const at = all.indexOf(here());
  const row = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  const link = row?.querySelector("a[data-row]") ?? row?.querySelector("th a, a");
  link?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

function pick(range) {
  const all = rows();
  const row = here();
  const box = row?.querySelector("[data-select]");
  if (!box) return;
  const from = range && lastPicked?.isConnected ? all.indexOf(lastPicked) : all.indexOf(row);
  const to = all.indexOf(row);
  if (!range) box.click();
  else for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    const one = each.querySelector("[data-select]:not(:checked)");
    one?.click();
  }
  lastPicked = row;
}

function escape(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (document.activeElement?.matches("[type=search]")) document.activeElement.blur();
  for (const box of document.querySelectorAll("[data-select]:checked")) box.click();
}

function sendForm(event) {
  const form = document.activeElement?.closest("form") ?? scope().querySelector("dialog[open] form, form[data-send]");
  const sends = form?.querySelector("button.primary:not([type=button])");
  if (!form || sends?.disabled || form.matches("[data-selection]")) return; // a list has several buttons, and none is meant
  event.preventDefault();
  form.requestSubmit(sends ?? undefined);
}

// --- Help: what works on this page, as its controls say it -------------------------------------------------------------

function label(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd").forEach((key) => key.remove());
  return copy.textContent.trim().replace(/\s+/g, " ") || element.getAttribute("aria-label") || "";
}

function listHere() {
  const place = document.querySelector("#keys [data-keys-here]"); // the template of words bears that name too
  const controls = [...document.querySelectorAll("main [data-key]")].filter(visible);
  const list = document.createElement("dl");
  const seen = new Set();
  for (const element of controls) {
    const key = element.dataset.key;
    if (seen.has(key)) continue;
    seen.add(key);
    const term = document.createElement("dt");
    for (const part of key.split(" ")) term.append(Object.assign(document.createElement("kbd"), { textContent: part }), " ");
    list.append(term, Object.assign(document.createElement("dd"), { textContent: label(element) }));
  }
  place.replaceChildren(Object.assign(document.createElement("h3"), { textContent: words.keysHere }), list);
  place.hidden = seen.size === 0;
}

function help() {
  if (keys && !keys.open) keys.showModal();
}
const keys = document.getElementById("keys");
if (keys) new MutationObserver(() => keys.open && listHere()).observe(keys, { attributes: true, attributeFilter: ["open"] });
