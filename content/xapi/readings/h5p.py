"""H5P: what its core and its types of content emit beside the verbs of ADL.

A question alone tells its end by ``answered``, what holds several by ``completed``, both with completion and, where
there are points, raw of min and max. What holds no question (accordion, table, text) says ``consumed``, with
completion true, once it is shown: it asks for no more. A part (``?subContentId=`` in the address) is an activity of its
own, so what is told of a part says nothing of the whole. ``progressed`` names a page that was reached, of which nothing
says how many there are; ``interacted`` and the buttons below a content tell nothing of learning.

Sources: h5p.org, "xAPI"; h5p-php-library, the class of its xAPI events (verbs, result, object).
"""

from content.xapi.readings.model import Kind
from content.xapi.readings.rule import Rule
from content.xapi.vocabulary import Verb

RULES: dict[str, Rule] = {
    Verb.CONSUMED: Rule(says=((Kind.OPENED, 1.0),), completion=True),
}
