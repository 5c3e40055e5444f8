"""What a recipe says of a pair: two columns for trainers, and the SQL that makes them.

A response's reward is the sum of coefficient x score over the recipe's signals, the coefficient being the weight
divided by the signal's standard deviation within prompts of the pool. Both responses of a pair
answer one prompt, so that what centres a score within the prompt falls out of their difference.
"""

from exchange.formats import columns, fragments

_MARGIN = (
    "CASE WHEN pair.first_chosen THEN reward_1.reward - reward_2.reward ELSE reward_2.reward - reward_1.reward END"
)
# Beyond 700 the logistic function is 0 or 1 to any digit. The bounds would take the place of a margin that is null.
_WEIGHT = f"CASE WHEN {_MARGIN} IS NOT NULL THEN 1 / (1 + exp(-greatest(-700, least(700, {_MARGIN})))) END"

# Added in the order of the recipe's signals: a sum of floating point numbers depends on the order.
TABLE = f""", rewarded AS (
    SELECT s.response_id, sum(s.value * k.coefficient ORDER BY k.place) AS reward
    FROM catalog_score s
    JOIN unnest(%(reward_signals)s::text[], %(reward_coefficients)s::float8[]) WITH ORDINALITY
         AS k (signal, coefficient, place) ON k.signal = s.signal
    WHERE s.project_id = %(project)s AND s.pool_id = %(reward_pool)s AND {fragments.belongs("s", "added_at")}
    GROUP BY s.response_id HAVING count(*) = cardinality(%(reward_signals)s::text[])
)"""  # noqa: S608  (fragments only)

JOIN = """
LEFT JOIN rewarded reward_1 ON reward_1.response_id = pair.first_id
LEFT JOIN rewarded reward_2 ON reward_2.response_id = pair.second_id"""

EXPRESSIONS = {
    "margin": fragments.number(f"round(({_MARGIN})::numeric, 6)"),
    "reward_weight": fragments.number(f"round(({_WEIGHT})::numeric, 6)"),
}

COLUMNS = {
    "margin": columns.perhaps(
        "by how much the recipe's reward of the chosen answer exceeds that of the rejected one, in weighted standard "
        "deviations; negative where the recipe contradicts the judgments, null where a score is missing"
    ),
    "reward_weight": columns.perhaps(
        "1 / (1 + exp(-margin)), from 0 to 1: how strongly the recipe agrees with the judgments; a weight for the "
        "pair's loss, null where the margin is"
    ),
}
