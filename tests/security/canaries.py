"""Where each thing that tells something may be seen. What is not named here may be seen nowhere.

The places are the pages and downloads that each actor of `tests/access` gets, and `mail`, `log`, `export`, `database`.
A canary must be found in every place of its row, too: a crawl that sees nothing proves nothing.
"""

LEADS = {"ml_lead", "owner"}
EVERYBODY = {"anonymous", "ended", "stranger", "rater", "reviewer", "ml_lead", "owner"}

MAY_BE_SEEN = {
    # who wrote what: those who run campaigns, and what they take away
    "bundle": {*LEADS, "export", "database"},
    # ... and what a bundle stands for: those who set models up; the key of an endpoint is seen by nobody
    "bundle's endpoint": {*LEADS, "database"},
    "bundle's system prompt": {*LEADS, "database"},
    "endpoint's key": set(),
    # people: themselves, the owners who invite them, and the letters to them
    "rater's address": {"rater", "owner", "database"},
    "reviewer's address": {"reviewer", "owner", "database"},
    "owner's address": {"owner", "mail", "database"},
    # ... and whoever holds the letter's link, who is asked to accept under that address
    "invited address": {"anonymous", "owner", "mail", "database"},
    # what opens a door: in the letter, and nowhere else
    "secret of a sign-in link": {"mail"},
    "secret of an invitation": {"mail"},
    "key of a password reset": {"mail"},
    "key of a session": set(),
    "password": set(),
    "installation's key": set(),
    "project's key": set(),
}
