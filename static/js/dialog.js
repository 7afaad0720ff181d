// The one dialog. A request aimed at it opens it at once with a skeleton; its address is the dialog's, so that Back
// closes it and a reload shows the same as a page; 204 closes it; the focus goes in and comes back.

const dialog = document.getElementById("dialog");
const skeleton = document.getElementById("dialog-skeleton");
const FIELD = "input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled)";
let opener = null;
let pushed = false;
let expectsBack = false;
let typed = false;

function open(element, path) {
  opener = element;
  typed = false;
  dialog.replaceChildren(skeleton.content.cloneNode(true));
  dialog.showModal();
  history.pushState({ dialog: true }, "", element.getAttribute("href") ?? path);
  pushed = true;
  enter();
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
  const home = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  home?.focus?.();
  if (pushed && back) {
    expectsBack = true;
    history.back();
  }
  pushed = false;
}

if (dialog) {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.defaultPrevented || event.detail.target !== dialog || dialog.open) return;
    open(event.detail.elt, event.detail.requestConfig.path);
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target === dialog && !dialog.open) detail.shouldSwap = false; // closed while it was on its way
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === dialog && dialog.open) enter();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status === 204 && detail.requestConfig.verb !== "get" && detail.target === dialog) close();
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
    if (expectsBack) {
      expectsBack = false;
      event.stopImmediatePropagation();
    } else if (dialog.open) {
      event.stopImmediatePropagation();
      close({ back: false });
    } else if (event.state?.dialog) {
      location.reload(); // forward again: the same address as a page
    }
  }, true);
}
