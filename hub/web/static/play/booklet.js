"use strict";
/* A booklet: links of the table of contents open in the frame; every page shown is said. */
{
  const seen = new Set(session.seen);
  const unsaid = [];
  const inside = links.filter((link) => !("outside" in link.dataset));

  const shown = (id) => {
    Play.current(id);
    for (const link of links) if (seen.has(link.dataset.part)) link.dataset.done = "";
    if (session.token && !(seen.has(id) && session.at === id)) {
      session.at = id;
      unsaid.push(id);
      Play.flush();
    }
    seen.add(id);
    links.find((link) => link.dataset.part === id).dataset.done = "";
  };

  Play.begin({
    collect: () => (unsaid.length ? { page: unsaid[0] } : null),
    answered: (_answer, said) => { if (unsaid[0] === said.page) unsaid.shift(); },
  });
  for (const link of links) if ("outside" in link.dataset) link.addEventListener("click", () => shown(link.dataset.part));
  stage.addEventListener("load", () => {
    let path;
    try { path = stage.contentWindow.location.pathname; } catch { return; }
    const found = inside.find((link) => new URL(link.href).pathname === path);
    if (found) shown(found.dataset.part);
  });
  const start = inside.find((link) => link.dataset.part === session.at) || inside[0];
  if (start) stage.src = start.href;
}
