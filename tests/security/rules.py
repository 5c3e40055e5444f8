"""Rules about source, as functions that take a syntax tree and name the lines at fault."""

import ast
from collections.abc import Callable, Iterator

# Modules that reach other hosts. The one door for that is core/outbound.
CLIENTS = (
    *("requests", "httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "urllib3", "pycurl", "websockets"),
    *("urllib.request", "http.client", "ftplib", "smtplib", "telnetlib", "socket", "socketserver", "xmlrpc"),
    "openai",
)
DESERIALISERS = ("pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle", "yaml", "joblib")
LOOKUPS = ("filter", "exclude", "get", "get_or_create", "update_or_create", "update", "order_by", "values", "annotate")
EVALUATORS = ("eval", "exec", "compile", "__import__")

Rule = Callable[[ast.AST], Iterator[int]]


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _names(modules: tuple[str, ...], name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Each call and the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield node, getattr(function, "attr", None) or getattr(function, "id", "")


def asks_a_manager(tree: ast.AST) -> Iterator[int]:
    """`.objects` or `._default_manager`: who answers requests asks an access function instead."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
            yield node.lineno


def spreads_names_into_a_lookup(tree: ast.AST) -> Iterator[int]:
    """`filter(**names)`, `Q(**names)`: whoever chooses the names reads every column there is."""
    for node, name in _calls(tree):
        if name not in (*LOOKUPS, "Q"):
            continue
        # A mapping's `get` and `update` take no keywords from elsewhere that matter; a lookup's do.
        for keyword in node.keywords:
            if keyword.arg is None and not _literal_names(keyword.value):
                yield node.lineno
        if name == "order_by" and any(isinstance(one, ast.Starred) for one in node.args):
            yield node.lineno


def _literal_names(value: ast.expr) -> bool:
    return isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys)


def makes_markup(tree: ast.AST) -> Iterator[int]:
    """`mark_safe`, `SafeString`, `format_html`: only core/text makes HTML, and it returns plain strings."""
    words = ("mark_safe", "SafeString", "SafeText", "format_html", "format_html_join", "html_safe")
    for node in ast.walk(tree):
        name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
        if name in words:
            yield node.lineno  # type: ignore[attr-defined]
    yield from (line for line, name in _imported(tree) if name.rpartition(".")[2] in words)


def lets_forgery_in(tree: ast.AST) -> Iterator[int]:
    """`csrf_exempt`."""
    for node in ast.walk(tree):
        if "csrf_exempt" in (getattr(node, "attr", ""), getattr(node, "id", "")):
            yield node.lineno  # type: ignore[attr-defined]


def unpacks_objects(tree: ast.AST) -> Iterator[int]:
    """A module that makes objects, and so runs code, out of bytes."""
    yield from (line for line, name in _imported(tree) if _names(DESERIALISERS, name))
    for node, _ in _calls(tree):
        for keyword in node.keywords:
            if keyword.arg == "allow_pickle" and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            ):
                yield node.lineno


def runs_words(tree: ast.AST) -> Iterator[int]:
    """`eval`, `exec`, `compile`, `__import__`, a shell."""
    for node, name in _calls(tree):
        if isinstance(node.func, ast.Name) and name in EVALUATORS:
            yield node.lineno
        if isinstance(node.func, ast.Attribute) and name in ("system", "popen"):
            yield node.lineno
        for keyword in node.keywords:
            if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value):
                yield node.lineno


def takes_every_field(tree: ast.AST) -> Iterator[int]:
    """`fields = "__all__"` and `exclude = …`: a new column would be given out, or taken in, by nobody's decision."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                    every = isinstance(line.value, ast.Constant) and line.value.value == "__all__"
                    if (line.targets[0].id == "fields" and every) or line.targets[0].id == "exclude":
                        yield line.lineno


def reaches_out(tree: ast.AST) -> Iterator[int]:
    """A library that opens connections to other hosts."""
    yield from (line for line, name in _imported(tree) if _names(CLIENTS, name))


def builds_a_statement(tree: ast.AST) -> Iterator[int]:
    """`execute(f"…")`, `execute("…" + x)`, `execute("…" % x)`, `.raw(…)`, `.extra(…)`, `RawSQL(…)` of made-up text."""
    for node, name in _calls(tree):
        if name == "extra" and isinstance(node.func, ast.Attribute):
            yield node.lineno
        if (
            name in ("execute", "executemany", "raw", "RawSQL", "copy", "callproc")
            and node.args
            and _made(node.args[0])
        ):
            yield node.lineno


def _made(text: ast.expr) -> bool:
    """Text that is put together where it stands; a variable holds what its own line made, which ruff's S608 reads."""
    if isinstance(text, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in text.values)
    if isinstance(text, ast.BinOp):
        return not (isinstance(text.left, ast.Constant) and isinstance(text.right, ast.Constant))
    if isinstance(text, ast.Call):
        return getattr(text.func, "attr", "") in ("format", "join", "replace") and _is_text(text.func)
    return False


def _is_text(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant | ast.JoinedStr)
