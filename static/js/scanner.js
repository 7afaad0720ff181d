// Scanners that type. A burst (under 40 ms from key to key, six signs or more, closed by Enter or Tab) is a scan wherever
// the focus is: it presses no shortcut, and the field that had the focus gets its former value back. The page hears of
// it by the event `scan`, {text, physical}, of half a burst by `scan-half`; whoever uses it prevents its default.

const GAP = 40;
const SIGNS = 6;
const FEWEST = 3; // where scans are all that is waited for: some products have short numbers
const SLIP = /^!S\d{8,}$/;
const HALF = 1500; // what comes so soon after an unclosed burst is its other half
const PLAIN = /^!?[0-9A-Za-z\-_./ ]*$/; // a space is the same key on every layout
// What a scanner set to the US layout means by a physical key: alone, and with Shift.
const US = {
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", IntlBackslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Backquote: "`~", Space: "  ",
  NumpadAdd: "++", NumpadSubtract: "--", NumpadMultiply: "**", NumpadDivide: "//", NumpadDecimal: "..",
};
const SHIFTED = ")!@#$%^&*(";
const SILENT = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file]), textarea, select";

// A scan may come before the page's other scripts are there to hear it: they all are when this is over.
const listening = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
let signs = []; // {key, code, shift} of the burst that is running
let last = -Infinity; // when its last key came
let field = null; // {element, value, start, end}: what had the focus when it began
let loose = -Infinity; // when a burst stopped that nothing closed
let half = false; // does this one follow it?
let closed = -Infinity; // when the last scan ended: some scanners close with two keys

function meant({ code, key, shift }) {
  if (/^Digit\d$/.test(code)) return shift ? SHIFTED[code.at(-1)] : code.at(-1);
  if (/^Key[A-Z]$/.test(code)) return shift ? code.at(-1) : code.at(-1).toLowerCase();
  if (/^Numpad\d$/.test(code)) return code.at(-1);
  return US[code]?.[shift ? 1 : 0] ?? (key.length === 1 ? key : "");
}

function understood(burst) {
  const typed = burst.map(({ key }) => (key.length === 1 ? key : "\u0000")).join(""); // a dead key is no sign of a code
  const physical = !PLAIN.test(typed);
  // Control signs part the fields of some labels: no code of ours or of a carrier's holds one.
  const text = (physical ? burst.map(meant).join("") : typed).replace(/\p{Cc}/gu, "").trim();
  return { text, physical };
}

function begin(event) {
  const element = document.activeElement;
  const typed = element?.matches(TYPED) ? element : null;
  signs = [];
  half = event.timeStamp - loose < HALF;
  loose = -Infinity;
  field = typed && { element: typed, value: typed.value, start: typed.selectionStart, end: typed.selectionEnd };
}

function put({ element, start }, value, from, to = from) {
  if (!element.isConnected || element.value === value) return;
  element.value = value;
  if (start !== null && start !== undefined) element.setSelectionRange(from, to); // some fields have no place to be at
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

const putBack = (former) => put(former, former.value, former.start, former.end);
// The same scan as it was meant, where the keyboard's layout wrote something else.
function putRight(former, text) {
  const { value, start, end } = former;
  put(former, value.slice(0, start ?? value.length) + text + value.slice(end ?? value.length), (start ?? value.length) + text.length);
}

// In the middle of a scan no key may do anything to a page: only a field takes them, and gives them back.
function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

addEventListener("keydown", (event) => {
  const { key, timeStamp } = event;
  if (event.isComposing && key !== "Dead" || SILENT.has(key)) return;
  if (document.activeElement?.matches("[type=password]")) return; // what types fast there is a keeper of passwords
  const soon = timeStamp - last < GAP;
  if (key === "Enter" || key === "Tab") {
    if (soon && signs.length >= (document.querySelector("[data-scans]") ? FEWEST : SIGNS) && !event.ctrlKey) end(event);
    else if (timeStamp - closed < GAP) swallow(event);
    signs = [];
    last = -Infinity;
    return;
  }
  if (event.ctrlKey || event.altKey && !event.getModifierState("AltGraph") || event.metaKey || key.length > 1 && key !== "Dead") {
    if (!soon || !signs.length) return;
    last = timeStamp; // a control sign inside a code: dropped, and the browser's own shortcut with it
    swallow(event);
    return;
  }
  if (!soon || event.repeat) {
    if (signs.length >= SIGNS / 2) loose = last;
    begin(event);
  }
  signs.push({ key, code: event.code, shift: event.shiftKey });
  last = timeStamp;
}, true);

// Does this field wait for such a scan? A page that is fed with scans takes them itself, unless it has a field that asks
// for one; and the slip of an order leads there from any other field.
function waits(element, text) {
  if (!element?.matches("[data-scan]")) return false;
  return element.dataset.scan === "own" || !document.querySelector("[data-scans]") && !SLIP.test(text);
}

// What would be lost if the page were left now.
function unfinished() {
  const fields = document.querySelectorAll("main form[method=post] :is(input[type=text], input[type=number], textarea)");
  return document.querySelector("dialog[open]") || [...fields].some((field) => field.value !== field.defaultValue);
}

function lead(form, text) {
  form.elements.code.value = text;
  form.submit();
}

function end(event) {
  const detail = understood(signs);
  const [former, broken] = [field, half];
  closed = event.timeStamp;
  if (!broken && waits(former?.element, detail.text)) {
    if (detail.physical) putRight(former, detail.text);
    return;
  }
  swallow(event);
  if (former) putBack(former);
  listening.then(() => hear(detail, broken));
}

function hear(detail, broken) {
  const unused = document.dispatchEvent(new CustomEvent(broken ? "scan-half" : "scan", { detail, cancelable: true }));
  if (!unused) return;
  const slip = !broken && SLIP.test(detail.text) && document.getElementById("scanned-slip");
  if (slip && !unfinished()) return lead(slip, detail.text);
  const words = document.getElementById("words")?.dataset ?? {};
  const text = (broken ? words.scanHalf : slip ? words.scanBusy : words.scanUnused)?.replace("{code}", detail.text);
  if (text) document.dispatchEvent(new CustomEvent("region-error", { detail: { target: document.getElementById("main"), text } }));
}

// --- The field of the profile page, which tells what was understood ----------------------------------------------------

const told = document.querySelector("[data-scan-told]");

function tell(event) {
  event.preventDefault();
  const { text, physical } = event.detail;
  const { plain, us, broken } = told.dataset;
  const said = event.type === "scan-half" ? broken : physical ? us : plain;
  told.replaceChildren(Object.assign(document.createElement("strong"), { textContent: text }), ` ${said}`);
  told.dataset.kind = event.type === "scan-half" ? "half" : physical ? "us" : "plain";
  document.dispatchEvent(new CustomEvent("signal", { detail: event.type === "scan-half" ? "wrong" : "right" }));
}
if (told) for (const name of ["scan", "scan-half"]) document.addEventListener(name, tell);
