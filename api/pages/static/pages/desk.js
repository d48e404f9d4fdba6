// What a page does beyond plain HTML: it says that it is working, sends a form once, and prints.
document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (!pressed || pressed.tagName !== "BUTTON") return;
  if (pressed.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
  pressed.setAttribute("aria-busy", "true");
  if (pressed.dataset.working) pressed.textContent = pressed.dataset.working;
});
// A page that comes back from the browser's memory isn't working any more.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
