// Cards of the board by stage: drag with the mouse, Alt and arrows with the keyboard. Both press a button of the
// card's own form, which works without this file too.
const board = () => document.querySelector("[data-board]");
let dragged = null;
let moved = "";

function cards() {
  for (const card of document.querySelectorAll("[data-board] [data-card]")) card.draggable = true;
}

function move(card, stage) {
  const button = card.querySelector(`[data-stage-form] button[value="${stage}"]`);
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
document.addEventListener("htmx:afterSwap", () => {
  cards();
  if (document.querySelector("[data-asks]")) return; // the card gets the focus once the question is answered
  if (moved) document.getElementById(moved)?.focus();
  moved = "";
});
cards();
