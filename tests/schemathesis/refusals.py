"""A check of our own: a request of the described form is refused for a reason that no schema can tell, and no other.

`schemathesis.toml` lets such requests be refused with 400 and 415; this holds what the refusal then says.
"""

import re

import schemathesis

# Status, what the problem says, and why a schema cannot say it.
KNOWN = [
    (400, r"^urn:sanzao:problem:cursor ", "a cursor has to be one that this list gave"),
    (400, r"expected a (day|time) that is not after (due_)?to$", "OpenAPI does not compare parameters"),
    (400, r"(from|to): expected a time as ", "a time outside the years 1678 to 2262, or with an offset of a day"),
    (400, r"expected versions of the items alone", "JSON Schema does not compare two properties"),
    (400, r"there is no account of this name", "who works here is no matter of form"),
    (400, r"this account works elsewhere", "where somebody works is no matter of form"),
    (400, r"of somebody whom the item is about", "whom an item is about is no matter of form"),
    (400, r"without ID and mobile numbers|and numbers of people", "a text may hold what looks like a number of somebody"),
    (400, r"expected exactly one of id_number, name and phone", "clients may send the other two as null"),
    (400, r"this cannot be searched for", "what is left of a name or a number without spaces and dots may be nothing"),
    (400, r"expected the check character|expected a date of birth", "a check digit is computed"),
    (415, r"or a type of JSON with ce- headers", "an event in binary mode has its attributes in headers"),
]
# Queries of saved lists are text in the body: what may stand in it, the list's own parameters describe.
OF_TEXT = [("PUT", "/v1/views/{name}", "/query")]


def is_known(case, status, problem):
    """Whether a problem is one of those above."""
    if (case.method.upper(), case.path, problem.get("pointer")) in OF_TEXT:
        return True
    said = f"{problem.get('type')} {problem.get('detail')}"
    return any(status == of and re.search(pattern, said) for of, pattern, _ in KNOWN)


@schemathesis.check
def refused_for_no_other_reason(ctx, response, case):
    """Fails where a request of the described form is told that its form is wrong."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 415):
        return
    problem = response.json()
    assert is_known(case, response.status_code, problem), f"a request of the described form is refused: {problem}"
