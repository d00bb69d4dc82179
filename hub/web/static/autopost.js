/* A form that another site waits for goes by itself; without JavaScript its button does the same. */
const waiting = document.querySelector("form[data-autopost]");
if (waiting) waiting.submit();
