/* The tool's page, opened from here, says that its registration is done (Dynamic Registration 1.0 section 3.3): show what
   came. Only the origin that was opened is listened to. */
const wait = document.querySelector("[data-lti-wait]");
if (wait) {
  window.addEventListener("message", (event) => {
    const said = event.data && event.data.subject ? event.data.subject : event.data;
    if (event.origin !== wait.dataset.ltiWait || said !== "org.imsglobal.lti.close") return;
    if (event.source && event.source.close) event.source.close();
    location.assign(location.pathname.replace(/\/tool$/, ""));
  });
}
