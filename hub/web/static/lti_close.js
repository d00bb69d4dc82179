/* Tell the LMS that opened this page, and only it, that the registration is done: it closes the window or frame
   (Dynamic Registration 1.0 section 3.3). */
const done = document.querySelector("[data-lti-close]");
if (done) {
  const opener = window.opener || (window.parent !== window ? window.parent : null);
  if (opener) opener.postMessage({ subject: done.dataset.ltiClose }, done.dataset.ltiOrigin);
}
