"""What every answer of Plumbline must carry, and what none may."""

from typing import Any

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
DOWNLOAD_POLICY = {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Each tells something about what is behind the answer: how long a query took, which version, which server.
NEVER = ("Server-Timing", "ETag", "Server", "X-Powered-By", "Link", "Access-Control-Allow-Origin", "X-Request-Id")
KEPT_BY_NOBODY = {"max-age=0", "no-cache", "no-store", "must-revalidate", "private"}


def policy_of(answer: Any) -> dict[str, str]:
    """The content policy by directive."""
    parts = [part.strip() for part in answer.headers.get("Content-Security-Policy", "").split(";")]
    return {part.partition(" ")[0]: part.partition(" ")[2] for part in parts if part}


def faults_of(answer: Any, *, static: bool = False) -> list[str]:
    """What is wrong with the headers of this answer, in words; nothing for one that is as it must be."""
    headers = answer.headers
    attached = headers.get("Content-Disposition", "").startswith("attachment")
    faults = []
    if policy_of(answer) != (DOWNLOAD_POLICY if attached else POLICY):
        faults.append(f"policy {headers.get('Content-Security-Policy')}")
    faults += [f"{name}: {headers.get(name)}" for name, value in ALWAYS.items() if headers.get(name) != value]
    faults += [f"{name} is there: {headers[name]}" for name in NEVER if name in headers and not static]
    if attached and headers.get("Content-Type") != "application/octet-stream":
        faults.append(f"a download of a type that a browser may show: {headers.get('Content-Type')}")
    kept = {word.strip() for word in headers.get("Cache-Control", "").split(",")}
    if not static and not (kept >= KEPT_BY_NOBODY or kept == {"no-store"}):
        faults.append(f"cached: {headers.get('Cache-Control')}")
    return faults
