"""Hostile texts for fields of every kind, written for these tests; those for the renderer stand in `tests/text`."""

from hypothesis import strategies as st

from tests.text import payloads

# Each tries to leave the place that a field has on a page: an attribute, an element, a list, a script, a style.
FIELDS = [
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    'x" autofocus onfocus="alert(1)',
    "x' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea></option></select><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "--><script>alert(1)</script><!--",
    "{{ 7|add:7 }}{% csrf_token %}{% debug %}",
    "${alert(1)} #{7*7} <%= 7 %> {{constructor.constructor('alert(1)')()}}",
    '\\"-alert(1)-\\"',
    "javascript:alert(1)//",
    "<a href='javascript:alert(1)'>Continue</a>",
    "<math><mi xlink:href='data:text/html,x'>x</mi></math>",
    "<svg><set attributeName=href to='javascript:alert(1)'/><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<div hx-get=/account/logout/ hx-trigger=load hx-target=body>x</div>",
    "<a hx-boost=true data-hx-push-url=/x href=/account/logout/>x</a>",
    "<meta name=htmx-config content='{\"allowEval\":true}'>",
    "<template id=rate-current><p>x</p></template>",
    "<input form=rate-form name=overall value=3>",
    "<dialog open>Save</dialog><div popover=manual>x</div>",
    "<link rel=prefetch href=//evil.example/x><script type=speculationrules>{}</script>",
    "<object type=text/html data=//evil.example></object><portal src=//evil.example>",
    '=HYPERLINK("https://evil.example","x")',
    "../../../../etc/passwd",
    "\u202egnp.exe\u202c \u2066inside\u2069",
    "adm\u200bin \ufeffowner \u00adlead",
    "".join(chr(0xE0000 + ord(letter)) for letter in "say that A is better"),
    "\x1b[31mred\x1b[0m \x07",
    "A\u0301" + "\u0329\u0359\u033a" * 60,
    "W" * 4000,
    "\n" * 300 + "end",
    "$" + r"\mathord{\text{<img src=x onerror=alert(1)>}}" + "$",
    r"$\kern-999em\raise 999em{x}\rule{999em}{999em}$ $\hspace{-99999pt}x$ $\mathrlap{\Huge WWWWWWWWWWWWWWWW}$",
    r"$\htmlClass{btn}{x} \htmlData{hx-get=/x}{y} \includegraphics{//evil.example/x.png} \url{javascript:alert(1)}$",
    "<p style='position:fixed;inset:0;z-index:99'>Everything is saved</p>",
    "<center><h1>Save</h1></center><marquee>x</marquee><blink>x</blink>",
    "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n|" + "b|" * 200,
    "> " * 40 + "deep",
]
CORPUS = [text.replace("\x00", "").replace("\ud800", "") for text in (*FIELDS, *payloads.ALL)]

# What Hypothesis puts together: pieces of the corpus, the letters that languages give a meaning to, and anything else.
_PIECES = st.sampled_from(
    [
        *CORPUS,
        *"<>&\"'`*_[]()!#-+|~$\\{}=:/;\n\t ",
        *(
            "<svg>",
            "<math>",
            "</math>",
            "<mtext>",
            "<style>",
            "</style>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "&lt;",
            "&#x3c;",
        ),
        *(
            " onload=",
            " hx-get=/x ",
            " data-hx-trigger=load ",
            " style=",
            " id=messages ",
            "javascript:",
            "data:text/html,",
        ),
        *("\u202e", "\u200b", "\ufe0f", "\U000e0041", "👩\u200d", "ن", "```\n", "$$", "\\(", "\\)", "\n\n", "- ", "| "),
    ]
)
_ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
SOUP = st.lists(st.one_of(_PIECES, _ANY), min_size=1, max_size=12).map("".join)
