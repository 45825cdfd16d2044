// Cards of a board by stage: drag with the mouse, Alt and arrows with the keyboard, or the card's menu. All of them press
// a button of the card's form. A card gets its form from the board's pattern when it is needed; without this file its menu
// leads to the stages on its own page.
const board = () => document.querySelector("[data-board]");
let dragged = null;
let moved = "";

function cards() {
  for (const card of document.querySelectorAll("[data-board] [data-card]")) card.draggable = true;
}

function menu(card) {
  const form = card.querySelector("[data-stage-form]");
  const pattern = document.getElementById("move-menu");
  if (form || !pattern) return form;
  const made = pattern.content.firstElementChild.cloneNode(true);
  const { root, kept } = pattern.dataset;
  const stage = card.closest("[data-column]").dataset.column;
  made.setAttribute("hx-post", `${root}${card.id.replace("card-", "")}/stage/${kept ? "?" : ""}${kept}`);
  made.elements.seen.value = stage;
  made.querySelector(`button[value="${stage}"]`).remove();
  card.querySelector(".board-menu a").replaceWith(made);
  htmx.process(made);
  return made;
}

function move(card, stage) {
  const button = menu(card)?.querySelector(`button[value="${stage}"]`);
  if (!button) return;
  moved = card.id;
  button.click(); // not requestSubmit: htmx learns from the click which button it was
}

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card) return;
  dragged = card;
  card.classList.add("is-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.id);
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  for (const column of document.querySelectorAll(".is-over")) column.classList.remove("is-over");
});
document.addEventListener("dragover", (event) => {
  const column = dragged && event.target.closest?.("[data-column]");
  for (const other of document.querySelectorAll(".is-over")) if (other !== column) other.classList.remove("is-over");
  if (!column) return;
  event.preventDefault();
  column.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const column = dragged && event.target.closest?.("[data-column]");
  if (!column) return;
  event.preventDefault();
  if (!column.contains(dragged)) move(dragged, column.dataset.column);
});
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("[data-card]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!card || !step || !event.altKey) return;
  event.preventDefault();
  const columns = [...board().querySelectorAll("[data-column]")];
  const target = columns[columns.findIndex((column) => column.contains(card)) + step];
  if (target) move(card, target.dataset.column);
});
document.addEventListener(
  "toggle",
  (event) => {
    const card = event.target.open && event.target.closest("[data-card]");
    if (card) menu(card);
  },
  true,
);
document.addEventListener("htmx:afterSwap", () => {
  cards();
  if (document.querySelector("[data-asks]")) return; // the card gets the focus once the question is answered
  if (moved) document.getElementById(moved)?.focus();
  moved = "";
});
cards();
