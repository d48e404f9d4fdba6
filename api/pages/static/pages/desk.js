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

// The queue asks now and then whether it has changed, and says so where nothing has to move for it.
const queue = document.querySelector("[data-watched]");
if (queue) {
  const state = (page) => [...page.querySelectorAll("[data-watched] a, .tabs a, .flags a")]
    .map((one) => one.getAttribute("href") + one.textContent).join();
  const shown = state(document);
  const tell = () => {
    const link = Object.assign(document.createElement("a"), {
      className: "button", href: location.href, textContent: "The queue has changed: show it",
    });
    document.getElementById("news").replaceChildren(link);
  };
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const now = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (state(now) !== shown) tell();
    } catch { /* Out of reach for a moment: the next look will tell. */ }
  };
  setInterval(look, 30_000);
  document.addEventListener("visibilitychange", look);
}
