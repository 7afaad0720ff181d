// Orders chosen in a list. The form works without this: boxes and buttons. Here the head's box ticks the page, the bar
// says how many are chosen, and a button pressed with none chosen takes the row that had the focus last.

let last = null; // the row

const form = (element) => element?.closest?.("form[data-selection]");
const boxes = (list) => [...list.querySelectorAll("[data-select]")];

function tell(list) {
  const all = list.querySelector("[data-select-all]");
  const ticked = boxes(list).filter((box) => box.checked).length;
  const page = list.querySelector("[data-select-page]");
  if (page) {
    page.checked = ticked > 0 && ticked === boxes(list).length;
    page.indeterminate = ticked > 0 && !page.checked;
  }
  const said = list.querySelector("[data-selected]");
  const words = all?.checked ? all.dataset.total : ticked ? said.dataset[ticked === 1 ? "one" : "many"].replace("{n}", ticked) : "";
  if (said.textContent !== words) said.textContent = words;
}

document.addEventListener("change", (event) => {
  const box = event.target;
  const list = form(box);
  if (!list) return;
  if (box.matches("[data-select-page]")) for (const each of boxes(list)) each.checked = box.checked;
  if (box.matches("[data-select-all]")) for (const each of boxes(list)) each.checked = box.checked;
  if (box.matches("[data-select], [data-select-page]")) {
    const all = list.querySelector("[data-select-all]");
    if (all && boxes(list).some((each) => !each.checked)) all.checked = false;
  }
  tell(list);
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-selection] tbody tr");
  if (row) last = row;
  else if (!event.target.closest?.("[data-selection] .select-bar")) last = null;
});

document.addEventListener("submit", (event) => {
  const list = form(event.target);
  if (!list || list.querySelector("[data-select]:checked, [data-select-all]:checked")) return;
  const box = last?.isConnected && last.querySelector("[data-select]");
  if (box) {
    box.checked = true;
    tell(list);
  } else {
    event.preventDefault();
    list.querySelector("[data-select]")?.focus();
  }
}, true); // before the form counts as sent

const begin = (root) => root.querySelectorAll?.("form[data-selection]").forEach(tell);
begin(document);
addEventListener("pageshow", () => begin(document)); // Back gives the ticks again
document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
