// The upload form: a file may be dropped on it, and how much of it has been sent is shown.
const zone = document.getElementById("drop");
const input = zone.querySelector("input[type=file]");
const chosen = document.getElementById("chosen");
const form = zone.closest("form");
const sent = document.getElementById("sent");

function show() {
  const file = input.files[0];
  if (!file) return;
  const size = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} kB` : `${(file.size / 1e6).toFixed(1)} MB`;
  chosen.textContent = `${file.name}, ${size}`;
  const name = form.elements.name;
  if (!name.value) name.value = file.name.replace(/\.[^.]+$/, "").replace(/[^\w .-]+/g, "-").slice(0, 100);
}

for (const kind of ["dragenter", "dragover"])
  zone.addEventListener(kind, event => { event.preventDefault(); zone.classList.add("over"); });
for (const kind of ["dragleave", "drop"])
  zone.addEventListener(kind, event => { event.preventDefault(); zone.classList.remove("over"); });
zone.addEventListener("drop", event => {
  if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
});
input.addEventListener("change", show);

form.addEventListener("submit", event => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  sent.hidden = false;
  request.upload.addEventListener("progress", step => {
    if (step.lengthComputable) sent.querySelector("progress").value = step.loaded / step.total;
  });
  request.addEventListener("load", () => {
    if (request.status === 200 && request.responseURL !== location.href) location.assign(request.responseURL);
    else if (request.getResponseHeader("Content-Type")?.startsWith("text/html")) {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      sent.hidden = true;
      document.getElementById("problems").replaceWith(page.getElementById("problems"));
      document.getElementById("problems").focus();
    } else failed(`The server answered ${request.status}. Try again.`);
  });
  request.addEventListener("error", () => failed("The connection was lost. Try again."));
  request.open("POST", location.href);
  request.send(new FormData(form));
});

function failed(words) {
  sent.hidden = true;
  document.getElementById("problems").textContent = words;
}
