-- id: exit-watch
-- version: 1
-- procedure: help
-- subject: household
-- sensitivity: judicial
-- title: 救助终止或未获批准后又遇困难
-- why: 近{days}天内，[成员原享受的低保、低保边缘或刚性支出困难待遇终止{ended}项，][成员有{refused}次救助申请未获批准，]最近一次在{exit_on}。家庭目前未纳入低收入救助，近{sign_days}天内又遇困难[；成员登记失业{unemployed}次][；成员被羁押{in_custody}次][；成员评定残疾{certified}次][（以上最近一次在{sign_on}）][；家庭自付医疗费用{self_paid_fen}元（含已故成员，关注标准{threshold_fen}元），结算日{first_bill_on}][至{last_bill_on}]。
-- legal-basis: 《国务院办公厅转发民政部等单位〈关于加强低收入人口动态监测做好分层分类社会救助工作的意见〉的通知》（国办发〔2023〕39号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: registry, medical-insurance, social-security, police
-- due: 10 working days
-- occasion: event
-- clears: 家庭纳入低收入救助，来源记录被撤回、结算被冲销，或各项均超过期限

-- Either may come first: what was refused for want of a reason may have one in a bill of the month before.
-- An end and a refusal are triggers: who lost something, or was refused again, is in need again.
-- Bills are no sign, and are not told, before their sum is reached: each small one would change what is shown.
WITH exit AS (
    SELECT x.person, x.ended_on AS on_day, 'ended' AS event, x.benefit, x.fact, x.fact_list FROM ended_benefit x
    WHERE x.program IN ('dibao', 'dibao-edge', 'rigid-spending')
    UNION ALL
    SELECT x.person, x.on_day, 'refused', NULL, x.fact, NULL FROM refusal x
), exits AS (
    SELECT p.household,
           count(DISTINCT x.benefit)                                AS ended,
           count(x.fact) FILTER (WHERE x.event = 'refused')         AS refused,
           max(x.on_day)                                            AS on_day,
           array_agg(x.fact)                                        AS facts_exit,
           array_agg(x.fact_list)                                   AS facts_list,
           array_agg(p.fact_household)                              AS facts_household
    FROM exit x
    JOIN person p ON p.person = x.person
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE p.living
      AND x.on_day > add_days(c.as_of, -q.exit_days)
    GROUP BY p.household
), bills AS (
    SELECT s.household,
           sum(s.self_paid_fen)        AS self_paid_fen,
           min(s.on_day)               AS first_on,
           max(s.on_day)               AS last_on,
           array_agg(s.fact) FILTER (WHERE s.self_paid_fen >= q.reopening_self_pay_fen) AS facts_large,
           array_agg(s.fact)           AS facts_settlement,
           array_agg(p.fact_household) AS facts_household
    FROM settlement s
    JOIN person p ON p.person = s.person
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE s.on_day > add_days(c.as_of, -q.exit_sign_days)
    GROUP BY s.household, q.exit_self_pay_fen
    HAVING sum(s.self_paid_fen) >= q.exit_self_pay_fen
), signs AS (
    SELECT p.household,
           count(e.fact) FILTER (WHERE e.event = 'unemployed')         AS unemployed,
           count(e.fact) FILTER (WHERE e.event = 'custody')            AS in_custody,
           count(e.fact) FILTER (WHERE e.event = 'certified-disabled') AS certified,
           max(e.on_day)                                               AS on_day,
           array_agg(e.fact)                                           AS facts_event,
           array_agg(p.fact_household)                                 AS facts_household
    FROM event e
    JOIN person p ON p.person = e.person
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE p.living
      AND e.event IN ('unemployed', 'custody', 'certified-disabled')
      AND e.on_day > add_days(c.as_of, -q.exit_sign_days)
    GROUP BY p.household
)
SELECT h.household                  AS subject,
       'exit'                       AS occasion,
       q.exit_days                  AS days,
       nullif(x.ended, 0)           AS ended,
       nullif(x.refused, 0)         AS refused,
       x.on_day                     AS exit_on,
       q.exit_sign_days             AS sign_days,
       s.self_paid_fen              AS self_paid_fen,
       q.exit_self_pay_fen          AS threshold_fen,
       s.first_on                   AS first_bill_on,
       nullif(s.last_on, s.first_on) AS last_bill_on,
       nullif(e.unemployed, 0)      AS unemployed,
       nullif(e.in_custody, 0)      AS in_custody,
       nullif(e.certified, 0)       AS certified,
       e.on_day                     AS sign_on,
       x.facts_exit                 AS triggers_exit,
       s.facts_large                AS triggers_settlement,
       e.facts_event                AS triggers_event,
       s.facts_settlement           AS links_settlement,
       x.facts_list                 AS facts_list,
       x.facts_household            AS facts_household_of_exit,
       s.facts_household            AS facts_household_of_settlement,
       e.facts_household            AS facts_household_of_event
FROM household h
JOIN exits x ON x.household = h.household
LEFT JOIN bills s ON s.household = h.household
LEFT JOIN signs e ON e.household = h.household
CROSS JOIN parameter q
WHERE NOT h.low_income
  AND (s.household IS NOT NULL OR e.household IS NOT NULL)
