"""``python -m lti.conformance``: see :mod:`lti.conformance.cli`."""

import sys

from lti.conformance.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
