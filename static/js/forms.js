// Forms: a second press does nothing, the pressed button keeps its width, changes are not lost unasked, and long texts
// outlive a session that ended.

const words = document.getElementById("words")?.dataset ?? {};
const KEPT = "kept:";

function press(button) {
  if (!button) return () => {};
  button.style.inlineSize = `${button.getBoundingClientRect().width}px`;
  button.disabled = true;
  return () => {
    button.disabled = false;
    button.style.inlineSize = "";
  };
}

// --- Plain forms ---------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  changed.delete(form);
  keep(form);
  setTimeout(() => press(event.submitter)); // after its name and value were collected
});

// --- htmx ------------------------------------------------------------------------------------------------------------

const pressed = new WeakMap();
let focused = ""; // the id of the button that lost the focus because it was pressed
document.addEventListener("htmx:beforeRequest", (event) => {
  const { detail } = event;
  if (event.defaultPrevented || detail.requestConfig.verb === "get") return;
  const form = detail.elt.closest("form");
  const button = detail.requestConfig.triggeringEvent?.submitter ?? (detail.elt.matches("button") ? detail.elt : null);
  focused = button && document.activeElement === button ? button.id : "";
  pressed.set(detail.xhr, press(button));
  if (form) keep(form);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  pressed.get(detail.xhr)?.();
  const form = detail.elt.closest?.("form");
  if (form && detail.successful) {
    changed.delete(form);
    sessionStorage.removeItem(KEPT + location.pathname);
  }
});
document.addEventListener("htmx:afterSettle", () => {
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
  focused = "";
});

// --- What can be ticked once only: a tick takes the others of its name away ----------------------------------------------

document.addEventListener("change", ({ target }) => {
  if (!target.checked || !target.dataset?.once) return;
  for (const other of target.form.querySelectorAll(`[data-once="${CSS.escape(target.dataset.once)}"]:checked`)) other.checked = other === target;
});

// --- Who fills in what stands under a choice makes that choice ----------------------------------------------------------

document.addEventListener("input", ({ target }) => {
  const choice = target.dataset?.chooses && document.getElementById(target.dataset.chooses);
  if (choice) choice.checked = true;
});

// --- Changes that are not saved ----------------------------------------------------------------------------------------

const changed = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-unsaved]");
  if (form) changed.add(form);
});
addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});

// --- Long texts are kept for the tab while the person signs in again -----------------------------------------------------

function keep(form) {
  const texts = [...form.querySelectorAll("textarea[name]")].filter((field) => field.value).map((field) => [field.name, field.value]);
  if (texts.length) sessionStorage.setItem(KEPT + location.pathname, JSON.stringify(texts));
}

function restore() {
  const key = KEPT + location.pathname;
  const texts = JSON.parse(sessionStorage.getItem(key) ?? "[]");
  const signedOut = sessionStorage.getItem("signed-out");
  sessionStorage.removeItem(key);
  sessionStorage.removeItem("signed-out");
  if (!signedOut) return; // it was sent: nothing to give back
  const empty = texts.map(([name, value]) => [document.querySelector(`textarea[name="${CSS.escape(name)}"]`), value]).filter(([field]) => field && !field.value);
  for (const [field, value] of empty) field.value = value;
  if (empty.length) document.dispatchEvent(new CustomEvent("toast", { detail: { text: words.kept } }));
}

if (document.body.dataset.page === "login") sessionStorage.setItem("signed-out", "yes");
else if (document.getElementById("dialog")) restore();
