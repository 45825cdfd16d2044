// Everything here is comfort: each page works without it.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// Dialogs: <a href="#id" data-dialog> opens <dialog id>, [data-close] closes it.
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  $("[autofocus], input:not([type=hidden]), select, textarea", dialog)?.focus();
}

// One that came open with the page or a fragment, because it asks something, becomes modal.
function askAtOnce(root) {
  const dialog = $("dialog[open][data-asks]", root);
  if (!dialog) return;
  dialog.close();
  openDialog(dialog.id);
}
document.addEventListener("htmx:load", (event) => askAtOnce(event.target));
askAtOnce(document);

// A menu on a phone: :target does it without script; here it leaves no trace in the history.
const menu = document.getElementById("menu");
function toggleMenu(open) {
  menu?.classList.toggle("is-open", open);
  if (open) menu.focus();
  else if (location.hash === "#menu") history.replaceState(null, "", location.pathname + location.search);
}

function dismiss(toast) {
  toast?.remove();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const closer = event.target.closest("[data-close]");
  if (opener) {
    event.preventDefault();
    openDialog(opener.hash.slice(1));
  } else if (closer?.closest("dialog")?.open) {
    event.preventDefault();
    closer.closest("dialog").close();
  } else if (event.target.matches?.("dialog[open]")) {
    event.target.close();
  } else if (event.target.closest("[data-menu]")) {
    event.preventDefault();
    toggleMenu(true);
  } else if (event.target.closest(".scrim, .sidebar-close")) {
    event.preventDefault();
    toggleMenu(false);
  } else if (event.target.closest("[data-fullscreen]")) {
    document.documentElement.requestFullscreen?.();
  } else if (event.target.closest("[data-dismiss]")) {
    dismiss(event.target.closest("[data-toast]"));
  }
  for (const details of $$("[data-menu-details][open]")) {
    if (!details.contains(event.target) || opener) details.open = false;
  }
});

// A row of tabs wider than a phone shows the one that is open.
for (const tab of $$(".tabs [aria-current]")) {
  const row = tab.parentElement;
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - row.offsetLeft - 24;
}

// Toasts: good news leaves by itself, trouble stays.
function watchToasts(root) {
  for (const toast of $$(".toast-good, .toast-info", root)) setTimeout(dismiss, 6000, toast);
}
watchToasts(document);
document.addEventListener("htmx:oobAfterSwap", (event) => watchToasts(event.target));

// A refused form: the first wrong field has the focus, or the message where no field is to blame.
function focusTrouble(root) {
  ($("form[method=post] .is-invalid:is(input, select, textarea)", root) ?? $("[data-focus]", root))?.focus();
}
document.addEventListener("htmx:load", (event) => focusTrouble(event.target));
focusTrouble(document);

// htmx: our error pages have a body worth showing; 409 and 422 answer with a fragment.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if ([400, 409, 422].includes(detail.xhr.status) || detail.xhr.getResponseHeader("HX-Retarget")) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

// Theme: at once, and remembered by the server.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-theme-form]") && event.submitter) {
    event.preventDefault();
    const chosen = event.submitter.value;
    document.documentElement.dataset.bsTheme = chosen;
    for (const button of $$("[data-theme-form] button")) button.setAttribute("aria-pressed", button.value === chosen);
    const body = new FormData(form, event.submitter);
    fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" } });
  } else if (form.method === "post" && !event.defaultPrevented && !form.matches("[hx-post]")) {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  }
});

// Keys, by position on the keyboard, so that the Russian layout works too.
const keysOff = () => localStorage.getItem("shortcuts") === "off";
const keySwitch = $("[data-shortcuts]");
if (keySwitch) {
  keySwitch.checked = !keysOff();
  keySwitch.addEventListener("change", () => localStorage.setItem("shortcuts", keySwitch.checked ? "on" : "off"));
}
let goUntil = 0;
function moveRow(step) {
  const rows = $$("main .table tbody tr");
  if (!rows.length) return;
  const current = rows.findIndex((row) => row.classList.contains("is-current"));
  const next = rows[Math.min(Math.max(current + step, 0), rows.length - 1)];
  rows[current]?.classList.remove("is-current");
  next.classList.add("is-current");
  ($("a, button", next) ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}
function pressed(event) {
  if (Date.now() < goUntil) {
    goUntil = 0;
    const link = $(`[data-go="${event.code}"]`);
    if (link) location.assign(link.href);
    return Boolean(link);
  }
  if (event.code === "Slash" && event.shiftKey) openDialog("help");
  else if (event.code === "Slash" || event.key === "/") $("[data-search]")?.focus();
  else if (event.code === "KeyG") goUntil = Date.now() + 1500;
  else if (event.code === "KeyJ") moveRow(1);
  else if (event.code === "KeyK") moveRow(-1);
  else {
    const target = $(`[data-key="${event.code}"]`);
    target?.click();
    return Boolean(target);
  }
  return true;
}

// Palette: Ctrl or ⌘ and K. Enter opens the first place found for exactly what is typed, else the list of clients.
const goes = $("[data-goes]")?.dataset.goes;
function made(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
// Built here, so that it takes the keys at once and no page carries it along.
function buildPalette() {
  const dialog = made("dialog", { id: "palette", class: "sheet palette", "aria-label": goes });
  const form = made("form", { class: "searchbox", action: "/clients/" });
  const asks = { "hx-get": "/palette/", "hx-target": "#palette-found", "hx-sync": "this:replace" };
  const when = { "hx-trigger": "input changed delay:120ms, load" };
  const field = { type: "search", name: "q", maxlength: 100, autocomplete: "off", "data-palette": "" };
  const words = { "aria-label": goes, placeholder: goes };
  form.append($(".searchbox > .icon").cloneNode(true), made("input", { ...field, ...words, ...asks, ...when }));
  dialog.append(form, made("div", { id: "palette-found", class: "palette-found", "aria-live": "polite" }));
  document.body.append(dialog);
  htmx.process(dialog);
}
function openPalette() {
  if (!$("#palette")) buildPalette();
  openDialog("palette");
  $("[data-palette]").select();
}
function inPalette(event) {
  const field = $("[data-palette]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const stops = [field, ...$$("#palette a")];
    const next = stops.indexOf(document.activeElement) + step;
    stops[Math.min(Math.max(next, 0), stops.length - 1)].focus();
  } else if (event.key === "Enter" && event.target === field) {
    const found = $("#palette [data-found]");
    const first = $("a", found);
    if (!first || found.dataset.found !== field.value.trim().replace(/\s+/g, " ")) return;
    location.assign(first.href);
  } else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("#palette")) inPalette(event);
  if (goes && event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.altKey && !$("dialog[open]")) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.key === "Escape") {
    toggleMenu(false);
    for (const details of $$("[data-menu-details][open]")) {
      details.open = false;
      $("summary", details).focus();
    }
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || keysOff()) return;
  if ($("dialog[open]")) return;
  if (pressed(event)) event.preventDefault();
});
