"""The line that each fault run ends with: what was acknowledged, what was found afterwards, what was there twice."""

_told = []


def tell(what, *, acknowledged, found, doubled, more=""):
    """Keep the line for the end of the run, and fail unless all that was acknowledged is there once."""
    figures = f"acknowledged {acknowledged}, found {found}, doubled {doubled}"
    _told.append(f"{what}: {figures}{f'; {more}' if more else ''}")
    assert acknowledged > 0, f"{what}: nothing was acknowledged, so nothing was shown"
    assert (found, doubled) == (acknowledged, 0), _told[-1]


def pytest_terminal_summary(terminalreporter):
    """For a conftest: print the lines, also those of tests that passed."""
    if _told:
        terminalreporter.section("what was acknowledged, found and doubled")
        for line in _told:
            terminalreporter.line(line)
        # Two folders' conftests may both ask for it.
        _told.clear()
