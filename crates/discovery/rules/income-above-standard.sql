-- id: income-above-standard
-- version: 3
-- procedure: review
-- subject: household
-- sensitivity: financial
-- title: 低保家庭人均收入高于低保标准
-- why: 家庭{members}人，已知月收入合计{income_fen}元，人均{per_head_fen}元，高于低保标准{standard_fen}元；其中自上次核定（{reference_on}）以来新增或变动的{sources}：核定时{then_fen}元，现为{new_fen}元。请入户复核，复核前不停发。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；民政部《最低生活保障审核确认办法》（民发〔2021〕57号）
-- feeds: social-security, registry
-- due: 10 working days
-- occasion: event
-- clears: 收入降至标准以下，重新核定或入户复核后收入再无变动，或低保终止

-- Of a job the insurance makes the case; its wages are links (what is a trigger too stays one): each month brings another.
SELECT i.household                                         AS subject,
       i.benefit || '/' || CAST(i.reference_on AS VARCHAR) AS occasion,
       i.members                                           AS members,
       sum(i.monthly_fen)                                  AS income_fen,
       -- A fraction of a fen rounds up: what is shown is above the standard, as it is.
       (sum(i.monthly_fen) + i.members - 1) / i.members    AS per_head_fen,
       q.dibao_standard_fen                                AS standard_fen,
       i.reference_on                                      AS reference_on,
       words(i.source) FILTER (WHERE i.is_new)             AS sources,
       sum(i.monthly_fen) FILTER (WHERE i.is_new)          AS new_fen,
       sum(coalesce(i.monthly_then_fen, 0)) FILTER (WHERE i.is_new) AS then_fen,
       array_agg(i.fact) FILTER (WHERE i.is_new AND i.source <> 'wage') AS triggers_income,
       array_agg(i.fact_insured) FILTER (WHERE i.is_new)   AS triggers_insured,
       array_agg(i.fact) FILTER (WHERE i.is_new)           AS links_wage,
       i.fact_grant                                        AS fact_grant,
       i.fact_reference                                    AS fact_reference,
       array_agg(i.fact)                                   AS facts_income,
       array_agg(i.fact_then)                              AS facts_then,
       array_agg(i.fact_insured)                           AS facts_insured,
       array_agg(i.fact_household)                         AS facts_household
FROM dibao_income i
CROSS JOIN parameter q
WHERE i.source <> 'wage' OR i.months_insured >= q.income_disregard_months
GROUP BY i.household, i.benefit, i.members, q.dibao_standard_fen, i.reference_on, i.fact_grant, i.fact_reference
HAVING sum(i.monthly_fen) > i.members * q.dibao_standard_fen
   AND bool_or(i.is_new)
