// The one dialog. A request aimed at it opens it at once with a skeleton; its address is the dialog's, so that Back
// closes it and a reload shows the same as a page; 204 closes it; the focus goes in and comes back.

const dialog = document.getElementById("dialog");
const skeleton = document.getElementById("dialog-skeleton");
const FIELD = "input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled)";
const address = () => location.pathname + location.search;
const loaded = address();
const asked = new WeakMap(); // request -> the opening that it was made for
let opening = 0;
let opener = null;
let path = "";
let pushed = false;
let leaving = false; // history.back() was called, and the browser has not come to it yet
let typed = false;
let sent = null; // the last write of this opening

function open(element, requested) {
  opening += 1;
  opener = element;
  path = element.getAttribute("href") ?? requested;
  typed = false;
  dialog.replaceChildren(skeleton.content.cloneNode(true));
  dialog.showModal();
  if (!leaving) push(); // else the way back would lead over the new entry, and end on the former one
  enter();
}

function push() {
  history.pushState({ dialog: true }, "", path);
  pushed = true;
}

function enter() {
  const heading = dialog.querySelector("h1, h2");
  if (heading) {
    heading.id ||= "dialog-title";
    dialog.setAttribute("aria-labelledby", heading.id);
  }
  const first = dialog.querySelector("[data-summary], [autofocus]") ?? dialog.querySelector(`.face-body :is(${FIELD})`) ?? heading;
  first?.focus();
}

function close({ back = true } = {}) {
  if (!dialog.open) return;
  dialog.close();
  dialog.replaceChildren();
  dialog.removeAttribute("aria-labelledby");
  if (opener) htmx.trigger(opener, "htmx:abort");
  sent?.addEventListener("load", tell); // still on its way: closing does not stop it
  sent = null;
  const home = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  home?.focus?.();
  if (pushed && back) {
    leaving = true;
    history.back();
  }
  pushed = false;
}

// What an answer tells the page's regions; htmx would tell it to a form that is gone.
function tell({ target }) {
  const events = JSON.parse(target.getResponseHeader("HX-Trigger") ?? "{}");
  for (const [name, value] of Object.entries(events)) htmx.trigger(document.body, name, Object(value) === value ? value : { value });
}

const current = (detail) => dialog.open && asked.get(detail.xhr) === opening;

if (dialog) {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { detail } = event;
    if (event.defaultPrevented || detail.target !== dialog) return;
    if (!dialog.open) open(detail.elt, detail.requestConfig.path);
    asked.set(detail.xhr, opening);
    if (detail.requestConfig.verb !== "get") sent = detail.xhr;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target === dialog && !current(detail)) detail.shouldSwap = false; // closed while it was on its way
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === dialog && dialog.open) enter();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status === 204 && detail.requestConfig.verb !== "get" && current(detail)) close();
  });
  dialog.addEventListener("input", () => { typed = true; });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  dialog.addEventListener("click", (event) => {
    const leave = event.target.closest("[data-close], [data-back]");
    if (leave) {
      event.preventDefault();
      close();
    } else if (event.target === dialog && !typed) {
      const box = dialog.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) close();
    }
  });
  // Before htmx hears of it: leaving the dialog's entry is no restoring of a page.
  addEventListener("popstate", (event) => {
    if (leaving) {
      leaving = false;
      event.stopImmediatePropagation();
      if (dialog.open) push(); // opened again meanwhile
    } else if (dialog.open) {
      event.stopImmediatePropagation();
      close({ back: false });
    } else if (!event.state?.htmx && address() !== loaded) {
      location.reload(); // into a dialog's entry, or out of one that was loaded as a page
    }
  }, true);
}
