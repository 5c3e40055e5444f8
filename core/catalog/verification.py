"""What must hold of the catalog at any moment; `verify` asks."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found


@check("identical comparisons are marked, and no others")
def identical_are_marked() -> Iterator[Finding]:
    """Contents are unique by their text, so equal texts are the same row."""
    yield from found(
        "identical comparisons are marked, and no others",
        "catalog_comparison",
        """
        SELECT c.id, c.identical FROM catalog_comparison c
        JOIN catalog_response r1 ON r1.id = c.first_id
        JOIN catalog_response r2 ON r2.id = c.second_id
        WHERE c.identical <> (r1.content_id = r2.content_id)
        """,
        "marked identical: {1}, but its texts say otherwise",
    )


@check("erased words are gone in every form")
def erased_words_are_gone() -> Iterator[Finding]:
    yield from found(
        "erased words are gone in every form",
        "catalog_content",
        "SELECT id FROM catalog_content "
        "WHERE (body IS NULL OR erased_at IS NOT NULL) AND (body IS NOT NULL OR html IS NOT NULL)",
        "erased, but words are left",
    )


@check("comparisons repeat what they are of")
def comparisons_repeat() -> Iterator[Finding]:
    """A comparison's family is its prompt's, its bundles are its responses'."""
    yield from found(
        "comparisons repeat what they are of",
        "catalog_comparison",
        """
        SELECT c.id, concat_ws(', ',
            CASE WHEN c.family IS DISTINCT FROM p.family THEN 'family' END,
            CASE WHEN c.first_bundle_id <> r1.bundle_id THEN 'first bundle' END,
            CASE WHEN c.second_bundle_id <> r2.bundle_id THEN 'second bundle' END)
        FROM catalog_comparison c
        JOIN catalog_prompt p ON p.id = c.prompt_id
        JOIN catalog_response r1 ON r1.id = c.first_id
        JOIN catalog_response r2 ON r2.id = c.second_id
        WHERE c.family IS DISTINCT FROM p.family
           OR c.first_bundle_id <> r1.bundle_id OR c.second_bundle_id <> r2.bundle_id
        ORDER BY c.id
        """,
        "its {1} is not that of its prompt and responses",
    )


@check("pools name the one bundle that wrote them, if one did")
def pools_name_their_bundle() -> Iterator[Finding]:
    yield from found(
        "pools name the one bundle that wrote them, if one did",
        "catalog_pool",
        """
        SELECT p.id FROM catalog_pool p
        LEFT JOIN LATERAL (
            SELECT CASE WHEN count(DISTINCT r.bundle_id) = 1 THEN min(r.bundle_id::text)::uuid END AS bundle
            FROM catalog_poolresponse m JOIN catalog_response r ON r.id = m.response_id WHERE m.pool_id = p.id
        ) written ON true
        WHERE p.base_bundle_id IS DISTINCT FROM written.bundle
        ORDER BY p.id
        """,
        "its base bundle is not the one bundle that wrote all of its responses",
    )


@check("every response of a pool has another one to its prompt there")
def pools_hold_several_responses() -> Iterator[Finding]:
    yield from found(
        "every response of a pool has another one to its prompt there",
        "catalog_poolresponse",
        """
        SELECT min(m.response_id::text), m.pool_id FROM catalog_poolresponse m
        JOIN catalog_response r ON r.id = m.response_id
        GROUP BY m.pool_id, r.prompt_id HAVING count(*) < 2
        """,
        "is the only response to its prompt in pool {1}",
    )
