import numpy as np
def e_bh(e, alpha=0.05):
    e = np.asarray(e, dtype=float)
    order = np.argsort(-e)
    k = np.arange(1, e.size + 1)
    ok = np.flatnonzero(e[order] >= e.size / (alpha * k))
    found = np.zeros(e.size, dtype=bool)
    if ok.size:
        found[order[: ok[-1] + 1]] = True
    return found
