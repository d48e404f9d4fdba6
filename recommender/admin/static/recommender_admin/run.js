// A training run as it goes: the server's events move the bar and add the lines.
const run = document.getElementById("run");
const log = document.getElementById("log");
const bar = document.getElementById("share");
const words = document.getElementById("now");
const events = new EventSource(run.dataset.events);
let fresh = true;

events.addEventListener("log", event => {
  if (fresh) { log.replaceChildren(); fresh = false; }
  const line = JSON.parse(event.data), item = document.createElement("li"), at = document.createElement("time");
  at.dateTime = line.at;
  at.textContent = line.at.slice(11, 19);
  item.append(at, line.message);
  if (line.level !== "info") item.className = "mark";
  log.append(item);
  log.scrollTop = log.scrollHeight;
});
events.addEventListener("progress", event => {
  const now = JSON.parse(event.data);
  bar.value = now.share_done;
  const left = now.eta_seconds ? `, about ${Math.max(1, Math.round(now.eta_seconds))} s left` : "";
  words.textContent = `${now.stage || now.status}: ${Math.round(now.share_done * 100)} %${left}`;
});
events.addEventListener("end", () => { events.close(); location.reload(); });
