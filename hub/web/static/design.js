/* Dragging steps in the path editor; the buttons beside them do the same. The library is fetched when the list is opened. */
(() => {
  "use strict";
  const load = (source) => new Promise((done, failed) => {
    if (window.Sortable) return done();
    const script = document.createElement("script");
    script.src = source;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });

  const moved = ({ item, to, newDraggableIndex }) => {
    const form = document.getElementById("reorder");
    form.elements.step.value = item.dataset.step;
    form.elements.module.value = to.dataset.module;
    form.elements.rank.value = newDraggableIndex;
    form.requestSubmit();
  };

  const enable = async (list) => {
    if (list.dataset.ready || !list.open) return;
    list.dataset.ready = "1";
    await load(list.dataset.sortable);
    list.querySelectorAll("[data-module]").forEach((steps) => {
      window.Sortable.create(steps, { group: "steps", handle: ".grip", draggable: "[data-step]", ghostClass: "dragging", onEnd: moved });
    });
  };

  const find = () => {
    const list = document.getElementById("arrange");
    if (!list) return;
    list.addEventListener("toggle", () => enable(list));
    enable(list);
  };
  document.body.addEventListener("htmx:afterSettle", find);
  find();
})();
