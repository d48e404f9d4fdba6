// The mapping editor: a code that the vocabulary knows brings its kind, meaning and type along.
document.getElementById("mapping").addEventListener("change", event => {
  const field = event.target;
  if (!field.matches("input[list=vocabulary]")) return;
  const known = document.querySelector(`#vocabulary option[value="${CSS.escape(field.value)}"]`);
  if (!known) return;
  const line = field.closest(".line");
  line.querySelector("[name$=-kind]").value = known.dataset.kind;
  line.querySelector("[name$=-display]").value = known.dataset.display;
  line.querySelector("[name$=-value_type]").value = known.dataset.type;
});
