/* Codes found beside a form: a button puts one into its field, after those that stand there. */
(() => {
  "use strict";
  const fieldOf = (button) => document.querySelector(`input[name="${button.dataset.into}"]`);
  const show = () => document.querySelectorAll("[data-code]").forEach((button) => { button.hidden = !fieldOf(button); });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-code]");
    const field = button && fieldOf(button);
    if (!field) return;
    const held = field.value.split(/[,;]/).map((one) => one.trim()).filter(Boolean);
    if (!held.includes(button.dataset.code)) field.value = [...held, button.dataset.code].join(", ");
    const details = field.closest("details");
    if (details) details.open = true;
    button.disabled = true;
    field.focus();
  });
  document.body.addEventListener("htmx:afterSettle", show);
})();
