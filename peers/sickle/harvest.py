"""A harvest by Sickle, an OAI-PMH client of its own make: what each verb gave, as JSON. Arguments: address, since."""

import json
import sys

from sickle import Sickle, oaiexceptions

REFUSALS = tuple(one for one in vars(oaiexceptions).values() if isinstance(one, type) and issubclass(one, Exception))


def said(call):
    """The code with which the repository refuses."""
    try:
        list(call())
    except REFUSALS as error:
        return type(error).__name__
    return ""


def record(one):
    """What Sickle makes of a record."""
    return {
        "id": one.header.identifier,
        "at": one.header.datestamp,
        "sets": one.header.setSpecs,
        "deleted": one.deleted,
        "metadata": {} if one.deleted else one.get_metadata(),
    }


def main(address, since):
    oai = Sickle(address, timeout=20)
    identify = oai.Identify()
    everything = [record(one) for one in oai.ListRecords(metadataPrefix="oai_dc")]
    first = next(one for one in everything if not one["deleted"])
    print(
        json.dumps(
            {
                "identify": {
                    name: getattr(identify, name)
                    for name in (
                        "repositoryName",
                        "baseURL",
                        "protocolVersion",
                        "adminEmail",
                        "earliestDatestamp",
                        "deletedRecord",
                        "granularity",
                    )
                },
                "formats": sorted(one.metadataPrefix for one in oai.ListMetadataFormats()),
                "sets": sorted(one.setSpec for one in oai.ListSets()),
                "records": everything,
                "of_packages": [one.identifier for one in oai.ListIdentifiers(metadataPrefix="lomfr", set="package")],
                "at_once": [
                    one.identifier
                    for one in oai.ListIdentifiers(
                        **{"metadataPrefix": "oai_dc", "from": first["at"], "until": first["at"]}
                    )
                ],
                "got": record(oai.GetRecord(metadataPrefix="oai_dc", identifier=first["id"])),
                "lomfr": oai.GetRecord(metadataPrefix="lomfr", identifier=first["id"]).raw,
                "since": [record(one) for one in oai.ListRecords(**{"metadataPrefix": "oai_dc", "from": since})],
                "refused": [
                    said(lambda: oai.ListRecords(metadataPrefix="marc21")),
                    said(lambda: [oai.GetRecord(metadataPrefix="oai_dc", identifier="oai:nowhere:1")]),
                    said(lambda: oai.ListRecords(**{"metadataPrefix": "oai_dc", "from": "2090-01-01"})),
                    said(lambda: oai.ListRecords(resumptionToken="made-up")),
                ],
            }
        )
    )


main(*sys.argv[1:])
