// The mapping editor: only what belongs to a column's role is asked; a code that the vocabulary knows brings its kind, meaning and type along.
document.getElementById("mapping").addEventListener("change", event => {
  const field = event.target;
  if (field.name.endsWith("-role")) decide(field);
  if (!field.matches("input[list=vocabulary]")) return;
  const known = document.querySelector(`#vocabulary option[value="${CSS.escape(field.value)}"]`);
  if (!known) return;
  const line = field.closest(".line");
  line.querySelector("[name$=-kind]").value = known.dataset.kind;
  line.querySelector("[name$=-display]").value = known.dataset.display;
  line.querySelector("[name$=-value_type]").value = known.dataset.type;
});

// What doesn't belong to the chosen role isn't sent: a wide table would have too many fields.
function decide(role) {
  const part = { drop: "drop-reason" }[role.value] ?? role.value;
  for (const each of role.closest("tr").querySelectorAll(".part"))
    each.disabled = !part || !each.classList.contains(part);
}
