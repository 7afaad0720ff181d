// The page of the telephone: its field has the focus whenever one comes back, arrows walk through the hits, and a paste
// is sent at once. A list too long for an address goes to the form for many numbers.

const form = document.querySelector("[data-support]");
const field = form?.querySelector("input[type=search]");
const LONGEST = 1500;

if (field) {
  const hits = () => [...document.querySelectorAll("#orders-support [data-hit]")];

  const back = () => {
    if (!document.hidden && [document.body, field].includes(document.activeElement)) {
      field.focus();
      field.select();
    }
  };
  addEventListener("pageshow", back);
  document.addEventListener("visibilitychange", back);

  document.getElementById("orders-support").addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = hits();
    const at = all.indexOf(event.target);
    if (at < 0 && event.target !== field) return;
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    if (next < 0) field.focus();
    else all[Math.min(next, all.length - 1)]?.focus();
  });

  field.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!text.trim()) return;
    event.preventDefault();
    if (text.length > LONGEST) {
      const many = document.querySelector("#orders-paste textarea");
      many.value = text;
      many.form.requestSubmit();
      return;
    }
    field.setRangeText(text.replace(/\s+/g, " ").trim(), field.selectionStart, field.selectionEnd, "end");
    form.querySelector("button[name=go]").click(); // htmx sends the name of the button that was clicked
  });
}
