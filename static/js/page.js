// What every page does by itself: toasts that fade, texts that copy, times that stay true, menus that close, the theme
// that changes at once. The words come from <template id="words">; nothing here asks the marketplace anything.

const words = document.getElementById("words")?.dataset ?? {};

// --- Toasts: success only, six seconds, at most three, waiting while somebody reads -------------------------------

const STAY = 6000;
const toasts = document.getElementById("toasts");

function fade(toast) {
  let timer = 0;
  const start = () => { timer = setTimeout(() => toast.remove(), STAY); };
  const stop = () => clearTimeout(timer);
  for (const event of ["mouseenter", "focusin"]) toast.addEventListener(event, stop);
  for (const event of ["mouseleave", "focusout"]) toast.addEventListener(event, start);
  start();
}

function say(text) {
  const shape = document.getElementById("toast");
  if (!toasts || !shape || !text) return;
  const toast = shape.content.firstElementChild.cloneNode(true);
  toast.querySelector("p").textContent = text;
  while (toasts.childElementCount > 2) toasts.firstElementChild.remove();
  toasts.append(toast);
  fade(toast);
}

for (const toast of toasts?.children ?? []) fade(toast);
document.addEventListener("toast", (event) => say(event.detail?.value ?? event.detail?.text));

document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });

// --- Copying ------------------------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Plain http has no clipboard: select the text beside the button, so that Ctrl C does the rest.
    const beside = button.previousElementSibling;
    if (beside) getSelection().selectAllChildren(beside);
    say(words.notCopied);
    return;
  }
  button.toggleAttribute("data-copied", true);
  button.querySelector("use")?.setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, "#tick"));
  say(words.copied);
  setTimeout(() => {
    button.toggleAttribute("data-copied", false);
    button.querySelector("use")?.setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, "#copy"));
  }, 1500);
});

// --- Times: the same words as the server's, once a minute ----------------------------------------------------------

const MINUTE = 60_000;

function relative(moment, isDeadline) {
  const distance = moment - Date.now();
  const minutes = Math.floor(Math.abs(distance) / MINUTE);
  if (minutes === 0) return distance > 0 || isDeadline ? words.now : words.justNow;
  const direction = distance > 0 ? "in" : isDeadline ? "late" : "ago";
  const [count, unit] =
    minutes < 60 ? [minutes, "Min"] : minutes < 48 * 60 ? [Math.floor(minutes / 60), "H"] : [Math.floor(minutes / 1440), "D"];
  return words[direction + unit].replace("{n}", count).replaceAll(" ", "\u00a0");
}

function refreshTimes() {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const isDeadline = time.dataset.relative === "deadline";
    const moment = Date.parse(time.dateTime);
    const said = relative(moment, isDeadline);
    if (said && time.lastChild?.textContent !== said) time.lastChild.textContent = said;
    if (isDeadline && moment <= Date.now()) time.dataset.level = "late";
  }
}

setInterval(refreshTimes, MINUTE);
document.addEventListener("visibilitychange", () => document.hidden || refreshTimes());

// --- Menus are <details>: they also close by a click elsewhere, by Esc, and by leaving with Tab ----------------------

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("focusin", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  event.preventDefault();
  event.stopPropagation();
  menu.open = false;
  menu.querySelector("summary").focus();
}, true);

// --- The theme changes before the server knows; it goes back when the server did not take it ------------------------

document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const root = document.documentElement;
  const buttons = [...form.querySelectorAll("button")];
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === theme));
  };
  const before = root.dataset.theme ?? "";
  const body = new FormData(form, event.submitter);
  show(event.submitter.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(answer.statusText);
  } catch {
    show(before);
    document.dispatchEvent(new CustomEvent("region-error", { detail: { target: document.getElementById("main"), text: words.broken } }));
  }
});

// --- Small openers ---------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  const reveal = event.target.closest?.("[data-reveal]");
  if (reveal) {
    const field = document.getElementById(reveal.dataset.reveal);
    field.type = field.type === "password" ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(field.type === "text"));
  }
  const close = event.target.closest?.("dialog:not(#dialog) [data-close]");
  if (close) close.closest("dialog").close();
});
// A history entry kept by the browser must not show what a signed-out person may not see.
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("submit", (event) => event.target.matches?.("[data-sign-out]") && sessionStorage.clear());
document.querySelector("main [data-summary]:not([data-specimen] *)")?.focus();
