"""A conformance runner: plays the other side of LTI 1.3 over HTTP, row by row, against any software.

``python -m lti.conformance tool ...`` plays a platform against a tool; ``... platform ...`` plays a tool against a
platform. Each row says which clause of which standard it tests, what was sent, what came back, and a verdict.

**Adding rows.** A module of this package holds the rows of one role; :mod:`lti.conformance.suites` names them. A
suite is
a list of :class:`lti.conformance.rows.Row`: an id as in the table of rows, the clause, a title, whether the message
must
be accepted or refused (``Expect``), and ``run(subject) -> Finding``. ``subject`` is the party played (for tools a
:class:`lti.conformance.platform_double.PlatformDouble`); :mod:`lti.conformance.cli` makes it from the command line. A
row
that expects a refusal first sends the very message unchanged and requires that it is accepted; then it changes exactly
one thing: use :func:`lti.conformance.rows.compared`, which takes both reactions and words the finding. No row depends
on
another one.

Nothing here is needed to run the protocol: it is the only part of ``lti`` that opens sockets.
"""
