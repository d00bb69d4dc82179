"use strict";
/* A cmi5 course: a unit that is chosen is launched by the hub, then shown in the frame, or in a window of its own when
   its author wants one. Units talk to the hub themselves; the page only asks what is done by now. */
{
  let wanted = null;
  let beside = null;

  const mark = (done) => {
    for (const link of links) if (done.includes(link.dataset.part)) link.dataset.done = "";
  };
  const ask = (message) => { wanted = message; Play.flush(); };
  const choose = (number) => {
    Play.note("");
    Play.current(number);
    if (!session.token) { stage.src = session.bare[number]; Play.note("preview"); return; }
    ask({ launch: Number(number) });
  };
  const show = (answer) => {
    session.at = answer.unit;
    if (answer.own) beside = window.open(answer.url, "unit") || null;
    if (!beside || !answer.own) stage.src = answer.url;
  };

  Play.begin({
    collect: (leaving) => (leaving ? null : wanted),
    answered: (answer, said) => {
      if (said === wanted) wanted = null;
      mark(answer.done || []);
      if (answer.url) show(answer);
      if (said.over) Play.note("over");
    },
  });

  for (const link of links) {
    link.addEventListener("click", (event) => { event.preventDefault(); choose(link.dataset.part); });
  }
  stage.addEventListener("load", () => {
    let path;
    try { path = stage.contentWindow.location.pathname; } catch { return; }
    if (path !== session.returning || !session.token) return;
    ask({ look: true, over: true });
  });
  addEventListener("focus", () => { if (beside && session.token) ask({ look: true }); });
  mark(session.done);
  const begin = links.find((link) => link.dataset.part === session.at)
    || links.find((link) => !("done" in link.dataset)) || links[0];
  if (begin) choose(begin.dataset.part);
}
